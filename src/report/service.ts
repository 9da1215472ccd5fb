/** What the service is called, as an SDK takes it from the environment: the variable of its own counts first. */
export function serviceName(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  return (
    environment['OTEL_SERVICE_NAME']?.trim() || attributes(environment['OTEL_RESOURCE_ATTRIBUTES']).get('service.name')
  );
}

/** @see https://opentelemetry.io/docs/specs/otel/resource/sdk/#specifying-resource-information-via-an-environment-variable */
function attributes(text = ''): ReadonlyMap<string, string | undefined> {
  const pairs = text.split(',').map((pair) => pair.split('=', 2).map((part) => part.trim()));
  return new Map(pairs.map(([name = '', value = '']) => [name, decoded(value) || undefined]));
}

function decoded(value: string): string {
  const text = value.replace(/^"|"$/g, '');
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
