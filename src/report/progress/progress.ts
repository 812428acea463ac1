import type { ProgressSnapshot, TopicProgress } from '../../accounting/progress.js';
import { sumOf } from '../errors.js';
import { formatCount, formatNoun, formatPercent, formatRate, formatSeconds, harmless, safeText } from '../format.js';
import { paintFor } from '../paint.js';
import { hang } from '../text-width.js';
import { comparisonTexts, ProgressMeter, writtenOf, type ProgressView } from './meter.js';
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
  #last: ProgressSnapshot | undefined;

  /** What is new since the last call; no line where nothing is, but for the first time and the last, which has no rate. */
  lines(snapshot: ProgressSnapshot, isLast = false): string[] {
    const view = this.#meter.view(snapshot);
    const last = this.#last;
    if (last !== undefined && !isLast && !hasChanged(snapshot, last)) return [];
    this.#last = snapshot;
    const active = snapshot.topics.filter((topic) => topic.read > 0);
    const lines = [
      `${formatSeconds(snapshot.elapsedMs)}: ${runText(isLast ? { ...view, totalRate: undefined, leftMs: undefined } : view)}`,
    ];
    if (active.length >= 2 && active.length <= MOST_TOPICS) {
      snapshot.topics.forEach((topic, index) => {
        if (topicText(topic) !== topicText(last?.topics[index])) lines.push(topicLine(topic, view.rates[index]));
      });
    }
    return lines;
  }
}

function hasChanged(snapshot: ProgressSnapshot, last: ProgressSnapshot): boolean {
  return (
    snapshot.notice !== last.notice ||
    snapshot.input.lines !== last.input.lines ||
    snapshot.comparison?.keys !== last.comparison?.keys ||
    snapshot.topics.some((topic, index) => topicText(topic) !== topicText(last.topics[index]))
  );
}

function runText(view: ProgressView): string {
  const { input, topics, malformed, unmapped, callsAtOnce, comparison, notice } = view.snapshot;
  const sum = (of: (topic: TopicProgress) => number): string => formatCount(sumOf(topics, of));
  const lines = [some(malformed, 'malformed'), some(unmapped, 'unmapped')];
  const share = view.share === undefined ? undefined : formatPercent(view.share);
  if (comparison !== undefined) {
    return join([`${formatNoun(input.lines, 'line')} read`, ...comparisonTexts(comparison), ...lines, share]);
  }
  const inDoubt = sumOf(topics, (topic) => topic.inDoubt);
  return join([
    `${formatNoun(input.lines, 'line')} read`,
    `${sum((topic) => topic.sent)} sent`,
    `${sum((topic) => topic.succeeded)} ok`,
    `${sum((topic) => topic.failed)} failed`,
    some(inDoubt, 'in doubt'),
    ...lines,
    `${sum((topic) => topic.inFlight)} in flight`,
    callsAtOnce === undefined ? undefined : `${formatNoun(callsAtOnce, 'call')} at once`,
    view.totalRate === undefined ? undefined : formatRate(view.totalRate),
    share,
    view.leftMs === undefined ? undefined : `about ${formatSeconds(view.leftMs)} left`,
    notice === undefined ? undefined : safeText(notice),
  ]);
}

function topicLine(topic: TopicProgress, rate: number | undefined): string {
  const isOver = topic.done || rate === undefined;
  return `  ${join([topicText(topic), isOver ? undefined : formatRate(rate), topic.done ? 'done' : undefined])}`;
}

function topicText(topic: TopicProgress | undefined): string {
  if (topic === undefined || topic.read === 0) return '';
  const name = `${safeText(topic.topic)} → ${safeText(topic.sobject)} (${topic.operation}, ${topic.mode})`;
  return `${name}: ${join([
    `${formatCount(topic.sent)} sent`,
    `${formatCount(topic.succeeded)} ok`,
    `${formatCount(topic.failed)} failed`,
    some(topic.inDoubt, 'in doubt'),
    writtenOf(topic) < topic.sent || topic.inFlight > 0 ? `${formatCount(topic.inFlight)} in flight` : undefined,
  ])}`;
}

function some(count: number, what: string): string | undefined {
  return count > 0 ? `${formatCount(count)} ${what}` : undefined;
}

function join(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join(', ');
}
