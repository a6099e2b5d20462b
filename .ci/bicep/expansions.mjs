// Expands infra/ for five kinds of broker.json in both shapes, public and private, and for existing networks.
import { SUBSCRIPTION } from './compiler.mjs';
import { faultsOf } from './expanded-rules.mjs';
import { roleFaults } from './roles.mjs';
import { copyOfInfra } from './sample.mjs';
import { landingZone, shapesOf } from './shapes.mjs';
import { variants } from './variants.mjs';

/** Returns every fault of every expansion, as lines. */
export async function expansionFaults(compiler) {
  const faults = [];
  for (const [name, variant] of Object.entries(variants)) {
    const infra = copyOfInfra(compiler, variant.broker);
    try {
      for (const [shape, { parameters, expected }] of Object.entries(shapesOf(name)))
        faults.push(
          ...(await faultsOfOne(infra, variant, parameters, expected)).map(
            (fault) => `${name}, ${shape}: ${fault}`,
          ),
        );
      if (name === 'none rotated') faults.push(...(await refusalFaults(infra)));
    } finally {
      infra.remove();
    }
  }
  return faults;
}

async function faultsOfOne(infra, variant, parameters, expected) {
  const { environmentName = 'prod' } = variant;
  const { groupName = `rg-${environmentName}`, more = () => [] } = expected;
  const resources = await infra.expand({ environmentName: `'${environmentName}'`, ...parameters });
  const group = `/subscriptions/${SUBSCRIPTION}/resourceGroups/${groupName}`;
  const tags = { 'azd-env-name': environmentName, ...expected.tags };
  return [
    ...faultsOf(resources, { ...expected, group, tags }),
    ...roleFaults(resources, variant, groupName),
    ...more(resources),
  ];
}

/** Parameters that contradict each other stop the deployment before anything is created. */
async function refusalFaults(infra) {
  const refusals = [
    [
      { vnetEnabled: 'true', appSubnetId: landingZone.appSubnetId },
      'Set both appSubnetId and endpointSubnetId',
    ],
    [
      { appSubnetId: landingZone.appSubnetId, endpointSubnetId: landingZone.endpointSubnetId },
      'no effect without vnetEnabled',
    ],
    [{ actionGroupIds: "['x']", alertThresholds: '{ drifts: 1 }' }, 'no rule named drifts'],
    [{ names: "{ hostStorage: 'a-name-that-is-too-long-for-it' }" }, ''],
  ];
  const faults = [];
  for (const [parameters, words] of refusals) {
    const message = await infra.expand(parameters).then(
      () => null,
      (error) => error.message,
    );
    if (message === null || !message.includes(words))
      faults.push(`${JSON.stringify(parameters)} is not refused: ${message}`);
  }
  return faults;
}
