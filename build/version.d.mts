export function buildVersion(folder?: string): string;
