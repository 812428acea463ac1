import type { ProgressSnapshot, TopicProgress } from '../../accounting/progress.js';
import { sumOf } from '../errors.js';
import { formatCount, formatRate, formatSeconds, harmless, safeText } from '../format.js';
import { paintFor } from '../paint.js';
import { hang } from '../text-width.js';
import { ProgressMeter, some, textsOf, writtenOf, type ProgressView } from './meter.js';
import type { startSpinner } from './spinner.js';

interface ProgressOptions {
  /** `spinner` draws on a terminal only and is `plain` elsewhere; `none` prints warnings alone. */
  readonly style: 'spinner' | 'plain' | 'none';
  /** What draws. It is given, so that it need not be loaded where nothing is drawn. */
  readonly startSpinner?: typeof startSpinner | undefined;
  readonly stream: NodeJS.WriteStream;
  readonly color: boolean;
  /** Makes a text fit for where it goes; unless told it is left as it is. */
  readonly adapt?: (text: string) => string;
}

const PLAIN_MS = 5_000;
const MOST_TOPICS = 5;

/** What a command says on `stream` while it works: warnings at any time, and how far a run is once there is one. */
export class Progress {
  readonly #options: ProgressOptions;
  #stop = (): void => undefined;

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  /** Looks at a run from time to time, and tells of it until stopped. */
  watch(look: () => ProgressSnapshot): void {
    const { style, stream, color, startSpinner } = this.#options;
    // A terminal may be without columns, of which ora draws nothing.
    const canDraw = stream.isTTY && stream.columns > 0;
    if (style === 'spinner' && canDraw && startSpinner !== undefined) this.#stop = startSpinner(look, stream, color);
    else if (style !== 'none') this.#stop = startPlain(look, (lines) => this.#print(lines));
  }

  /** Prints one line, wrapped on a terminal; a drawing stays whole. May also be called after `stop`. */
  warn(text: string): void {
    const { stream, color } = this.#options;
    const lead = `sfreplay: ${paintFor(color).yellow('warning:')} `;
    const width = stream.isTTY && stream.columns > 0 ? stream.columns : Infinity;
    this.#print(hang(lead, harmless(text), width).join('\n'));
  }

  /** Ends all drawing and takes it off the screen. */
  stop(): void {
    this.#stop();
    this.#stop = () => undefined;
  }

  #print(lines: string): void {
    const { stream, adapt = (text: string) => text } = this.#options;
    stream.write(`${adapt(lines)}\n`);
  }
}

/** A first line, further ones while something changes, and a last one. */
function startPlain(look: () => ProgressSnapshot, print: (lines: string) => void): () => void {
  const plain = new PlainProgress();
  const tell = (isLast: boolean): void => {
    const lines = plain.lines(look(), isLast);
    if (lines.length > 0) print(lines.map((line) => `sfreplay: ${line}`).join('\n'));
  };
  tell(false);
  const timer = setInterval(() => tell(false), PLAIN_MS);
  return () => {
    clearInterval(timer);
    tell(true);
  };
}

/** Progress in lines that a log keeps: the whole run, and its topics where they are few. */
export class PlainProgress {
  readonly #meter = new ProgressMeter();
  #told: readonly unknown[] | undefined;

  /** What is new since the last call; no line where nothing is, but for the first time and the last, which has no rate. */
  lines(snapshot: ProgressSnapshot, isLast = false): string[] {
    const view = this.#meter.view(snapshot);
    const { topics, notice, input, comparison } = snapshot;
    const texts = topics.map(topicText);
    const told = [...texts, notice, input.lines, comparison?.keys];
    const last = this.#told;
    if (last !== undefined && !isLast && told.every((one, index) => one === last[index])) return [];
    this.#told = told;
    const run = runText(isLast ? { ...view, totalRate: undefined, leftMs: undefined } : view);
    const lines = [`${formatSeconds(snapshot.elapsedMs)}: ${run}`];
    const active = topics.filter((topic) => topic.read > 0).length;
    if (active < 2 || active > MOST_TOPICS) return lines;
    const changed = topics.flatMap((topic, index) => {
      const text = texts[index] ?? '';
      const rate = topic.done ? undefined : view.rates[index];
      const more = [rate === undefined ? undefined : formatRate(rate), topic.done ? 'done' : undefined];
      return text === (last?.[index] ?? '') ? [] : [`  ${join([text, ...more])}`];
    });
    return [...lines, ...changed];
  }
}

function runText(view: ProgressView): string {
  const { topics, comparison } = view.snapshot;
  const { read, others, calls, share, left, notice } = textsOf(view);
  if (comparison !== undefined) return join([...read, ...others, share]);
  const inFlight = sumOf(topics, (topic) => topic.inFlight);
  const rate = view.totalRate === undefined ? undefined : formatRate(view.totalRate);
  return join([
    ...[...read, ...countTexts(topics), ...others],
    ...[`${formatCount(inFlight)} in flight`, calls, rate, share, left, notice],
  ]);
}

/** Empty as long as nothing of the topic was read. */
function topicText(topic: TopicProgress): string {
  if (topic.read === 0) return '';
  const name = `${safeText(topic.topic)} → ${safeText(topic.sobject)} (${topic.operation}, ${topic.mode})`;
  const isWaiting = writtenOf(topic) < topic.sent || topic.inFlight > 0;
  const inFlight = isWaiting ? `${formatCount(topic.inFlight)} in flight` : undefined;
  return `${name}: ${join([...countTexts([topic]), inFlight])}`;
}

function countTexts(topics: readonly TopicProgress[]): (string | undefined)[] {
  const sum = (of: (topic: TopicProgress) => number): string => formatCount(sumOf(topics, of));
  return [
    `${sum(({ sent }) => sent)} sent`,
    `${sum(({ succeeded }) => succeeded)} ok`,
    `${sum(({ failed }) => failed)} failed`,
    some(
      sumOf(topics, ({ inDoubt }) => inDoubt),
      'in doubt',
    ),
  ];
}

function join(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join(', ');
}
