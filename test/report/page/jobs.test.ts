import { expect, test } from 'vitest';
import { chooseJobs, tracksOf } from '../../../src/report/page/jobs.js';
import { job, jobUnderWay } from './runs.js';

test('jobs that overlap have lanes of their own, and a lane that is free is taken again', () => {
  const jobs = [job('1', 0), job('2', 100), job('3', 500), job('4', 10, { topic: 'b' })];
  const told = tracksOf([...jobs, jobUnderWay('5', 700), job('6', 1_500)], 2_000).map(
    ({ topic, lanes, jobs: placed }) => [
      ...[topic, lanes],
      ...placed.map(({ job: { id }, lane }) => `${id} in ${lane}`),
    ],
  );
  expect(told).toEqual([
    ['a', 2, '1 in 0', '2 in 1', '3 in 0', '5 in 1', '6 in 0'],
    ['b', 1, '4 in 0'],
  ]);
});

test('of too many jobs those with trouble are chosen, and some from every part of the run', () => {
  const jobs = Array.from({ length: 1_000 }, (_, index) =>
    job(String(index), index * 10, { failed: index === 501 ? 9 : 0 }),
  );
  const chosen = chooseJobs(jobs, 100);
  expect(chosen).toHaveLength(100);
  expect(chosen.map(({ id }) => id)).toContain('501');
  expect(chosen.map(({ id }) => Number(id))).toEqual(chosen.map(({ id }) => Number(id)).sort((a, b) => a - b));
  expect(Number(chosen[0]?.id)).toBeLessThan(20);
  expect(Number(chosen.at(-1)?.id)).toBeGreaterThan(980);
});

test('where all had trouble, some of them are left out too', () => {
  const jobs = Array.from({ length: 1_000 }, (_, index) => job(String(index), index, { failed: index }));
  const chosen = chooseJobs(jobs, 100);
  expect(chosen).toHaveLength(100);
  expect(chosen.at(-1)?.id).toBe('999');
});

test('a few jobs are all shown', () => {
  const jobs = [job('1', 0), job('2', 1)];
  expect(chooseJobs(jobs, 2)).toEqual(jobs);
});
