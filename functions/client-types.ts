/** The members of JSON Schema that the API's schemas use. */
interface JsonSchema {
  readonly $ref?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly propertyNames?: JsonSchema;
  readonly additionalProperties?: boolean | JsonSchema;
}

/** The schemas that clients export. */
const EXPORTED = ['TokenRequest', 'IssuedToken', 'Completion', 'Explanation', 'AuditRecord', 'Problem'];

/** Returns the TypeScript of the types that clients export. */
export function clientTypes(schemas: Readonly<Record<string, object>>): string {
  const types = EXPORTED.map((name) => `export interface ${name} ${typeOf(schemas[name] ?? {})}`);
  return ['/* Written by "npm run client-types" from the description of the API. */', ...types].join('\n\n');
}

function typeOf(schema: JsonSchema): string {
  const { $ref, anyOf, oneOf, type } = schema;
  if ($ref !== undefined) return $ref.slice($ref.lastIndexOf('/') + 1);
  if ('const' in schema) return literal(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(literal).join(' | ');
  const choices = anyOf ?? oneOf;
  if (choices !== undefined) return choices.map((one) => `(${typeOf(one)})`).join(' | ');
  if (typeof type === 'object') return type.map((one) => typeOf({ ...schema, type: one })).join(' | ');
  if (type === 'array') return `readonly (${typeOf(schema.items ?? {})})[]`;
  if (type === 'object') return objectType(schema);
  return type === 'integer' ? 'number' : (type ?? 'unknown');
}

/** JSON.stringify escapes as TypeScript does. */
const literal = (value: unknown): string => JSON.stringify(value);

function objectType(schema: JsonSchema): string {
  const { properties = {}, required = [], propertyNames, additionalProperties } = schema;
  const members = Object.entries(properties).map(([name, member]) => {
    const isRequired = required.includes(name);
    const comment = member.description === undefined ? '' : `/** ${member.description} */\n`;
    return `${comment}readonly ${name}${isRequired ? '' : '?'}: ${typeOf(member)}${isRequired ? '' : ' | undefined'};\n`;
  });
  const others = typeof additionalProperties === 'object' ? typeOf(additionalProperties) : null;
  if (others === null || members.length > 0) return `{\n${members.join('')}${indexOf(others)}}`;
  return `{ readonly [name in ${typeOf(propertyNames ?? {})}]?: ${others} }`;
}

function indexOf(others: string | null): string {
  return others === null ? '' : `readonly [name: string]: ${others};\n`;
}
