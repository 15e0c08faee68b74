/** The OpenAPI 3.1 document of the operations, from the very schemas that check them. */
import { z } from 'zod';
import type { AnyOperation } from './operation.ts';

type JsonSchema = Readonly<{
  properties?: Readonly<Record<string, unknown>>;
  required?: readonly string[];
  [key: string]: unknown;
}>;

const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): JsonSchema => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' });
  return rest as JsonSchema;
};

const FAULT = {
  type: 'object',
  properties: { code: { type: 'string' }, message: { type: 'string' }, detail: { type: 'string' } },
  required: ['code'],
};
const fault = (description: string) => ({ description, content: { 'application/json': { schema: FAULT } } });

export function openApi(operations: readonly AnyOperation[], version: string) {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of operations) {
    const path = `/api${operation.path}`;
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: entryOf(operation) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Earshot',
      version,
      description:
        'Research use only: not for primary diagnosis. Every answer that is no success has a code of docs/FAULTS.md.',
    },
    security: [{ token: [] }],
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    paths,
  };
}

function entryOf(operation: AnyOperation) {
  const inPath = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const input = schemaOf(operation.input, 'input');
  const properties = input.properties ?? {};
  const rest = Object.keys(properties).filter((name) => !inPath.includes(name));
  const isBody = operation.method !== 'GET';
  const required = (input.required ?? []).filter((name) => rest.includes(name));
  const parameter = (name: string, place: 'path' | 'query') => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: properties[name] ?? { type: 'string' },
  });
  const body = {
    type: 'object',
    properties: Object.fromEntries(rest.map((name) => [name, properties[name]])),
    ...(required.length > 0 ? { required } : {}),
  };
  return {
    operationId: operation.id,
    summary: operation.summary,
    description: `Needs the role ${operation.role}.`,
    tags: [operation.id.split('.')[0]],
    'x-role': operation.role,
    'x-changes': operation.changes,
    parameters: [
      ...inPath.map((name) => parameter(name, 'path')),
      ...(isBody ? [] : rest.map((name) => parameter(name, 'query'))),
    ],
    ...(isBody && rest.length > 0
      ? { requestBody: { required: required.length > 0, content: { 'application/json': { schema: body } } } }
      : {}),
    responses: {
      200: { description: 'Done', content: contentOf(operation) },
      400: fault('The input is not valid (INPUT_INVALID)'),
      401: fault('Nobody is logged in, or the token is not known (UNAUTHORISED)'),
      403: fault('The role does not include it (FORBIDDEN)'),
      ...(operation.changes ? { 423: fault('Changes are locked (ADMIN_LOCKED)') } : {}),
      default: fault('Another fault of docs/FAULTS.md'),
    },
  };
}

const contentOf = ({ output }: AnyOperation) =>
  'download' in output
    ? { [output.download]: { schema: { type: 'string', format: 'binary' } } }
    : { 'application/json': { schema: schemaOf(output, 'output') } };
