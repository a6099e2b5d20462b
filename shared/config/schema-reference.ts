/** What the reference reads of a JSON Schema as zod writes it. */
export interface SchemaNode {
  readonly type?: string | readonly string[] | undefined;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly SchemaNode[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | SchemaNode;
  readonly items?: SchemaNode;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

interface Section {
  /** Such as `accounts[].rotation`; empty for the document itself. */
  readonly path: string;
  readonly node: SchemaNode;
}

const INTRODUCTION = `# Configuration reference

Every member of \`broker.json\`, from the schema by which the broker reads it. \`npm run schema\` writes this page; do not
edit it. [configuration.md](configuration.md) explains the members and has the rules across them, which
\`npm run check-config\` checks as well.

A *duration* is ISO 8601 text such as \`"PT15M"\`, or whole seconds. A member that is not listed is a fault.
`;

/**
 * Returns the reference of a document as Markdown: one table per object, in the order in which the objects appear.
 * @throws Error if a member has no description.
 */
export function schemaReference(root: SchemaNode): string {
  const sections = sectionsOf({ path: '', node: root });
  const text = sections.map(({ path, node }) => {
    const title = path === '' ? 'broker.json' : path;
    const rows = Object.entries(node.properties ?? {}).map(([name, member]) => row(path, name, member, node));
    return `## ${title}\n\n| member | | value | |\n|---|---|---|---|\n${rows.join('\n')}\n`;
  });
  return `${INTRODUCTION}\n${text.join('\n')}`;
}

/** Returns the objects of a schema, each before those inside it. */
function sectionsOf({ path, node }: Section): Section[] {
  const inner = Object.entries(node.properties ?? {}).flatMap(([name, member]) => {
    const at = path === '' ? name : `${path}.${name}`;
    return objectsIn(at, member).flatMap(sectionsOf);
  });
  return [{ path, node }, ...inner];
}

function objectsIn(path: string, node: SchemaNode): Section[] {
  if (node.properties !== undefined) return [{ path, node }];
  if (node.items !== undefined) return objectsIn(`${path}[]`, node.items);
  return (node.anyOf ?? []).flatMap((one) => objectsIn(path, one));
}

function row(path: string, name: string, member: SchemaNode, parent: SchemaNode): string {
  const at = path === '' ? name : `${path}.${name}`;
  const { description } = member;
  if (description === undefined) throw new Error(`${at} has no description`);
  const split = /^(.*?)[.]? ?Default (.+)$/s.exec(description);
  const [meaning, byDefault] = split === null ? [description] : split.slice(1);
  const isRequired = parent.required?.includes(name) === true;
  const presence = isRequired ? 'required' : byDefault === undefined ? 'optional' : `default ${byDefault}`;
  return `| ${[`\`${name}\``, presence, valueOf(at, member), meaning ?? ''].map(escapeCell).join(' | ')} |`;
}

/** Returns the type of a value with its bounds, in words. */
function valueOf(path: string, node: SchemaNode): string {
  if (node.enum !== undefined) return node.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (node.anyOf !== undefined)
    return isDuration(node) ? 'duration' : node.anyOf.map((one) => valueOf(path, one)).join('; or ');
  if (Array.isArray(node.type)) return node.type.map((type: string) => valueOf(path, { type })).join(', ');
  switch (String(node.type)) {
    case 'string':
      return node.pattern === undefined
        ? `text${bounds(node.minLength, node.maxLength, 'characters')}`
        : `text that matches \`${node.pattern}\``;
    case 'integer':
      return `whole number${bounds(node.minimum, node.maximum, '')}`;
    case 'boolean':
      return '`true`, `false`';
    case 'null':
      return '`null`';
    case 'array':
      return `list${bounds(node.minItems, node.maxItems, '')} of ${valueOf(`${path}[]`, node.items ?? {})}`;
    default:
      return objectValue(path, node);
  }
}

function objectValue(path: string, node: SchemaNode): string {
  if (node.properties !== undefined) return `[object](#${anchor(path)})`;
  const values = node.additionalProperties;
  return `object; each value is ${typeof values === 'object' ? valueOf(path, values) : 'anything'}`;
}

function isDuration({ anyOf = [] }: SchemaNode): boolean {
  const [first, second] = anyOf;
  return anyOf.length === 2 && first?.pattern?.startsWith('^P(') === true && second?.type === 'integer';
}

function bounds(least: number | undefined, most: number | undefined, what: string): string {
  if (least === undefined && most === undefined) return '';
  const range =
    least === undefined ? `up to ${most}` : most === undefined ? `from ${least}` : `${least}–${most}`;
  return ` (${range}${what === '' ? '' : ` ${what}`})`;
}

/** Returns the anchor of a heading as GitHub makes it. */
const anchor = (heading: string): string => heading.toLowerCase().replaceAll(/[^\w-]/g, '');

const escapeCell = (cell: string): string => cell.replaceAll('|', '\\|').replaceAll('<', '&lt;');
