/** Returns a parsed value as code makes it that builds objects by assignment, such as the SDK. */
export function built(value) {
  if (Array.isArray(value)) return value.map(built);
  if (value === null || typeof value !== 'object') return value;
  return Object.entries(value).reduce((result, [key, member]) => {
    result[key] = built(member);
    return result;
  }, {});
}
