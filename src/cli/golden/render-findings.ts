import pc from 'picocolors';
import type { Finding } from './check-goldens.ts';

/** Findings as a person reads them: the file, then its services, then the lines that changed. */
export function renderFindings(findings: readonly Finding[], coloured = pc.isColorSupported): string {
  const { bold, cyan, green, red, dim } = pc.createColors(coloured);
  const paint = (line: string): string => {
    if (line.startsWith('@@')) return cyan(line);
    if (line.startsWith('+')) return green(line);
    return line.startsWith('-') ? red(line) : dim(line);
  };
  const out: string[] = [];
  for (const finding of findings) {
    if (finding.state === 'missing') out.push(bold(`${finding.file}: missing; golden update writes it`));
    if (finding.state === 'orphaned')
      out.push(bold(`${finding.file}: orphaned, no scenario makes it; golden update removes it`));
    if (finding.state !== 'different') continue;
    out.push(bold(`--- ${finding.file}`), bold(`+++ ${finding.file} (recompiled)`));
    for (const { title, lines } of finding.diffs) out.push(bold(`# ${title}`), ...lines.map(paint));
  }
  return out.map((line) => `${line}\n`).join('');
}
