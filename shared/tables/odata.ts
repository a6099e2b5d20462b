/** Returns a text as an OData string literal, quotes doubled: `o'clock` → `'o''clock'`. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
