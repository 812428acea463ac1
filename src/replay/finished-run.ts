import type { Summary, TopicErrors } from '../accounting/summary.js';
import { readFailureKinds } from './failure-kinds.js';

/** What a journal keeps of a finished run's summary. */
type Figures = Pick<Summary, 'org' | 'input' | 'topics' | 'totals' | 'failures_file' | 'notes' | 'line_errors'> & {
  readonly duration_ms: number;
};

/** The figures of a summary. Examples may hold what records hold, and have no place in a journal. */
export function figuresOf({ run, org, input, totals, topics, failures_file, notes, line_errors }: Summary): object {
  const { duration_ms } = run;
  const figures: Figures = { duration_ms, org, input, totals, topics, failures_file, notes, line_errors };
  const withoutExamples = (key: string, value: unknown): unknown => (key === 'example' ? '' : value);
  return JSON.parse(JSON.stringify(figures, withoutExamples)) as object;
}

/** The summary of a run that found its journal finished: the figures that this holds, examples from the failures file. */
export async function finishedSummary(now: Summary, known: unknown): Promise<Summary> {
  if (known === undefined) return { ...now, was_finished: true };
  const { duration_ms, topics, line_errors, ...rest } = known as Figures;
  const kinds = rest.failures_file === null ? [] : await readFailureKinds(rest.failures_file);
  const withExamples = <Topic extends TopicErrors>(one: Topic): Topic => {
    const errors = one.errors.map((error) => {
      const { examples = [] } =
        kinds.find(({ topic, code }) => (topic ?? '') === one.topic && code === error.code) ?? {};
      const example = examples.find(({ line }) => line === error.line) ?? examples[0];
      return { ...error, example: example?.message ?? '' };
    });
    return { ...one, errors };
  };
  const malformed = withExamples({ topic: '', errors: rest.input.malformed_errors });
  return {
    ...{ ...now, ...rest, was_finished: true },
    run: { ...now.run, duration_ms },
    input: { ...rest.input, malformed_errors: malformed.errors },
    topics: topics.map(withExamples),
    line_errors: line_errors.map(withExamples),
  };
}
