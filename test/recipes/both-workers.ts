import { httpRequest } from '../client.js';
import { until } from '../harness.js';

/** What the app of docs/coming-from.md answers. */
export interface Answer {
  instance: string;
  pid: number;
  env: string;
  args: string[];
}

/** What each of two workers of that app answers, in the order of their numbers, once both have. */
export async function answersOfBoth(url: string): Promise<Answer[]> {
  const found = new Map<string, Answer>();
  await until(async () => {
    const answer = await answerOf(url);
    if (answer) found.set(answer.instance, answer);
    return found.size === 2;
  }, 'both workers have answered');
  return [...found.values()].toSorted((a, b) => Number(a.instance) - Number(b.instance));
}

/** `undefined`: nobody listens yet. */
async function answerOf(url: string): Promise<Answer | undefined> {
  try {
    return JSON.parse((await httpRequest(url)).text) as Answer;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') return undefined;
    throw error;
  }
}
