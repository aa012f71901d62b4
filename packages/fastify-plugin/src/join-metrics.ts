interface Family {
  comments: string[];
  /** By the series: a metric's name, with its labels. */
  samples: Map<string, string>;
}

/** What ends OpenMetrics: to be there once, and with no empty line before it. */
const openMetricsEnd = '# EOF';

/** Of a line with a sample. What is in quotation marks may be anything. */
const seriesPattern = /^[^{ ]+(?:\{(?:"(?:\\.|[^"\\])*"|[^"}])*\})?/;

/** Makes one text of those of several registries. What is in several of them is there once, as the first has it. */
export function joinMetrics(texts: readonly string[]): string {
  const lines = texts.flatMap((text) => text.split('\n'));
  const families = new Map<string, Family>();
  let family: Family = { comments: [], samples: new Map() };
  let isNew = true;
  for (const line of lines) {
    if (line === '' || line === openMetricsEnd) continue;
    // All clients begin a metric with its help.
    const [, name] = /^# HELP (\S+)/.exec(line) ?? [];
    if (name !== undefined) {
      const known = families.get(name);
      isNew = known === undefined;
      family = known ?? { comments: [], samples: new Map() };
      families.set(name, family);
    }
    if (line.startsWith('#')) {
      if (isNew) family.comments.push(line);
      continue;
    }
    const [series = line] = seriesPattern.exec(line) ?? [];
    if (!family.samples.has(series)) family.samples.set(series, line);
  }
  const joined = [...families.values()].flatMap(({ comments, samples }) => [
    ...comments,
    ...samples.values(),
  ]);
  if (lines.includes(openMetricsEnd)) joined.push(openMetricsEnd);
  return joined.map((line) => `${line}\n`).join('');
}
