/**
 * Writes a whole number, not below zero, as English text does: 1024 → `1,024`. `toLocaleString` would load the tables of all languages, which
 * takes as long as to start a function.
 */
export function groupedDigits(whole: number | bigint): string {
  return String(whole).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
}
