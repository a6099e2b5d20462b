export function packageFiles(folder: string): Map<string, Uint8Array>;
