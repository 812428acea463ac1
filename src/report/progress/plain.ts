import type { ProgressSnapshot, TopicProgress } from '../../accounting/progress.js';
import { sumOf } from '../errors.js';
import { formatCount, formatNoun, formatPercent, formatRate, formatSeconds, safeText } from '../format.js';
import { comparisonTexts, ProgressMeter, writtenOf, type ProgressView } from './meter.js';

const MOST_TOPICS = 5;

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
