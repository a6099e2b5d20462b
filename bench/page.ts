import { type Figure, formatGoal, formatRatio, type Report, type Section } from './report.ts';

/**
 * Returns the page with the section's table between its marks, `<!-- bench:<name> -->` and `<!-- /bench:<name> -->`.
 * @throws Error if the page has no such marks.
 */
export function withSection(page: string, { machine }: Pick<Report, 'machine'>, section: Section): string {
  const begin = `<!-- bench:${section.name} -->`;
  const end = `<!-- /bench:${section.name} -->`;
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`docs/performance.md has no ${begin} … ${end}`);
  const where = `${machine.processor}, ${machine.cores} cores, Node ${machine.node.slice(1)}, load ${machine.loadAverage.toFixed(1)} at the start, ${section.seconds} s.`;
  return `${page.slice(0, from + begin.length)}\n\n${where}\n\n${tableOf(section.figures)}\n\n${page.slice(to)}`;
}

function tableOf(figures: readonly Figure[]): string {
  const rows = figures.map(({ what, value, range, goal }) =>
    row(what, formatRatio(value), range?.map(formatRatio).join(' to ') ?? '', formatGoal(goal)),
  );
  return [row('what', 'ratio', 'rounds', 'goal'), row('---', '---', '---', '---'), ...rows].join('\n');
}

const row = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
