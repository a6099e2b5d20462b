const shownLevels = ['information', 'warning', 'error', 'critical'];

/** Reports whether the host shows the level. Like the real host by default, it hides trace and debug. */
export function isLogged(level: string): boolean {
  return shownLevels.includes(level);
}

/** Formats a log entry as one line, even if the message has several. */
export function formatLine(level: string, source: string, message: string): string {
  const name = level.charAt(0).toUpperCase() + level.slice(1);
  return `[${new Date().toISOString()}] [${name}] ${source}: ${message.replaceAll(/\r?\n\s*/g, ' | ')}`;
}

/**
 * Returns the level at which the real host logs a line that a function's process writes to standard error. The host goes by
 * the line's text, ignoring case. A line on standard output is information.
 */
export function levelOfLine(text: string): 'information' | 'warning' | 'error' {
  if (/warn/i.test(text)) return 'warning';
  return /error|fail|severe/i.test(text) ? 'error' : 'information';
}
