import type { Service } from './services.ts';

const STORAGE_SUFFIX: Readonly<Record<Cloud, string>> = {
  public: 'core.windows.net',
  usgovernment: 'core.usgovcloudapi.net',
  china: 'core.chinacloudapi.cn',
};

/** Returns Azure's own endpoint of an account, without a trailing slash: `https://media.blob.core.windows.net`. */
export function endpointOf(account: string, service: Service, cloud: Cloud): string {
  return `https://${account}.${service}.${STORAGE_SUFFIX[cloud]}`;
}

const RESOURCE_MANAGER: Readonly<Record<Cloud, string>> = {
  public: 'https://management.azure.com',
  usgovernment: 'https://management.usgovcloudapi.net',
  china: 'https://management.chinacloudapi.cn',
};

/** Returns the address of a cloud's Resource Manager, without a trailing slash. */
export function resourceManagerOf(cloud: Cloud): string {
  return RESOURCE_MANAGER[cloud];
}

export const CLOUDS = ['public', 'usgovernment', 'china'] as const;

export type Cloud = (typeof CLOUDS)[number];
