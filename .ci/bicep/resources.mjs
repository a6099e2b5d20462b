// Reads lists of expanded resources.

/** Returns the resources of one type. */
export function ofType(resources, type) {
  return resources.filter((resource) => resource.type === type);
}

/** Returns a line for each member that is not as wanted. Members are paths with dots. */
export function mismatches(id, properties, wanted) {
  return Object.entries(wanted).flatMap(([path, value]) => {
    const found = path.split('.').reduce((member, name) => member?.[name], properties);
    return found === value ? [] : [`${id}: ${path} is ${found}, not ${value}`];
  });
}
