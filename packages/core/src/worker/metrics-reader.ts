import { inspect } from 'node:util';
import { isCumulative, longestFailure, type MetricFailure } from '../channel/metric-messages.js';
import {
  questionsTo,
  type MetricObject,
  type MetricsRegistry,
  type MetricValue,
  type Question,
} from './metrics-registry.js';

/** What came of reading. */
export interface Reading {
  metrics: MetricObject[];
  failures: MetricFailure[];
}

/** Reads registries, metric by metric: one that throws, or does not answer, costs no other. */
export class MetricsReader {
  readonly #registries = new Set<MetricsRegistry>();
  readonly #answers = new WeakMap<object, Answers>();

  add(registry: MetricsRegistry): void {
    this.#registries.add(registry);
  }

  /** Never rejects, and takes no longer than that. */
  async read(withinMs: number): Promise<Reading> {
    const failures: MetricFailure[] = [];
    let timer: NodeJS.Timeout | undefined;
    // Not unref'd: the process may have nothing else to wait for, and its last values to tell.
    const over = new Promise<undefined>(
      (resolve) => (timer = setTimeout(() => resolve(undefined), withinMs)),
    );
    // In two registries it is one metric all the same, and the first counts.
    const questions = new Map<object, Question>();
    for (const question of this.#questions(failures))
      if (!questions.has(question.about)) questions.set(question.about, question);
    const readings = [...questions.values()].map((question) => {
      const answers = this.#answers.get(question.about) ?? new Answers();
      this.#answers.set(question.about, answers);
      return answers.read(question, over, failures);
    });
    const metrics = (await Promise.all(readings)).flat();
    clearTimeout(timer);
    return { metrics, failures };
  }

  #questions(failures: MetricFailure[]): Question[] {
    return [...this.#registries].flatMap((registry) => {
      try {
        return questionsTo(registry);
      } catch (error) {
        failures.push({ metric: '(a whole registry)', message: describe(error) });
        return [];
      }
    });
  }
}

/** What one question was answered. */
class Answers {
  #isAsked = false;
  #last: MetricObject[] = [];

  /** Where there is no answer, the last one without what goes up and down: what only grows has not gone. */
  async read(
    question: Question,
    over: Promise<undefined>,
    failures: MetricFailure[],
  ): Promise<MetricObject[]> {
    try {
      // What was asked before has not come back: to ask again would only make it more.
      const answer = this.#isAsked ? undefined : await Promise.race([this.#ask(question), over]);
      if (answer !== undefined) return answer;
      failures.push({
        metric: question.name,
        message: 'it did not answer in time, so its collect() may never end',
      });
    } catch (error) {
      failures.push({ metric: question.name, message: describe(error) });
    }
    return this.#last.map(growing);
  }

  async #ask(question: Question): Promise<MetricObject[]> {
    this.#isAsked = true;
    try {
      const answer = await question.ask();
      if (!Array.isArray(answer) || !answer.every(isMetric))
        throw new TypeError('it returned something that is not a metric');
      this.#last = answer;
      return answer;
    } finally {
      this.#isAsked = false;
    }
  }
}

function isMetric(value: unknown): value is MetricObject {
  const { name, help, type, aggregator = '', values = [] } = (value ?? {}) as Partial<MetricObject>;
  return (
    [name, help, type, aggregator].every((text) => typeof text === 'string') &&
    Array.isArray(values) &&
    values.every(isValue)
  );
}

function isValue(given: unknown): given is MetricValue {
  const { value, labels = {}, metricName = '', exemplar } = (given ?? {}) as Partial<MetricValue>;
  return (
    typeof value === 'number' && isObject(labels) && typeof metricName === 'string' && isExemplar(exemplar)
  );
}

function isExemplar(given: MetricValue['exemplar']): boolean {
  if (given === undefined || given === null) return true;
  const { labelSet, value, timestamp = 0 } = given;
  return isObject(labelSet) && typeof value === 'number' && typeof timestamp === 'number';
}

function isObject(given: unknown): boolean {
  return typeof given === 'object' && given !== null;
}

function growing(metric: MetricObject): MetricObject {
  const { type, aggregator = 'sum', values = [] } = metric;
  return {
    ...metric,
    values: values.filter(({ labels = {} }) => isCumulative({ type, aggregator }, labels)),
  };
}

function describe(error: unknown): string {
  const text = error instanceof Error ? String(error) : inspect(error);
  return text.slice(0, longestFailure);
}
