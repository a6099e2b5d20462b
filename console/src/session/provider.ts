/** Returns the name that people know a provider by, or null. */
export function providerOf(authorizationEndpoint: string): string | null {
  const { hostname } = new URL(authorizationEndpoint);
  const isMicrosoft =
    /(?:^|\.)(?:login\.microsoftonline\.(?:com|us)|login\.partner\.microsoftonline\.cn|ciamlogin\.com)$/;
  return isMicrosoft.test(hostname) ? 'Microsoft' : null;
}
