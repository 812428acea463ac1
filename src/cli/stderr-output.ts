import type { ProgressSnapshot } from '../accounting/progress.js';
import { startProgress, type Progress, type ProgressOptions } from '../report/progress/progress.js';
import { forLog } from './ci.js';
import { hasColor, type Terminal } from './terminal.js';

/** All that is said on standard error while a command works: warnings at any time, and progress once there is some. */
export class StderrOutput {
  #progress: Progress;
  readonly #options: Pick<ProgressOptions, 'stream' | 'color' | 'adapt'>;

  private constructor(
    { stderr, environment }: Pick<Terminal, 'stderr' | 'environment'>,
    private readonly style: ProgressOptions['style'],
    private readonly startSpinner: ProgressOptions['startSpinner'],
  ) {
    const adapt = (text: string): string => forLog(text, environment);
    this.#options = { stream: stderr, color: hasColor(stderr, environment), adapt };
    this.#progress = this.#silent();
  }

  static async open(
    terminal: Pick<Terminal, 'stderr' | 'environment'>,
    style: ProgressOptions['style'],
  ): Promise<StderrOutput> {
    const drawing = style === 'spinner' ? await import('../report/progress/spinner.js') : undefined;
    return new StderrOutput(terminal, style, drawing?.startSpinner);
  }

  warn(text: string): void {
    this.#progress.warn(text);
  }

  /** Shows progress until the end. */
  watch(look: () => ProgressSnapshot): void {
    this.#progress = startProgress(look, { ...this.#options, style: this.style, startSpinner: this.startSpinner });
  }

  /** Takes the progress off the screen. Warnings may still follow. */
  end(): void {
    this.#progress.stop();
  }

  #silent(): Progress {
    const nothing = (): never => {
      throw new Error('There is no run to look at.');
    };
    return startProgress(nothing, { ...this.#options, style: 'none' });
  }
}
