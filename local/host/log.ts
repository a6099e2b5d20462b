const shown = ['information', 'warning', 'error', 'critical'];

/** The host's default level: trace and debug are not shown. */
export function isLogged(level: string): boolean {
  return shown.includes(level);
}

/** One line an entry, whatever the message holds. */
export function formatLine(level: string, source: string, message: string): string {
  const name = level.charAt(0).toUpperCase() + level.slice(1);
  return `[${new Date().toISOString()}] [${name}] ${source}: ${message.replaceAll(/\r?\n\s*/g, ' | ')}`;
}
