/** Returns what a template, or a list of expanded resources, has that Flex Consumption does not support, as lines. */
export function flexFaults(template: object): string[];
