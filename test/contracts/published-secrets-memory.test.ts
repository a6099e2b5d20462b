import { account } from '../fakes/configuration.ts';
import { MemoryAzure } from '../fakes/memory-azure.ts';
import { MemoryEffects } from '../fakes/memory-effects.ts';
import { MemoryPublishedSecrets } from '../fakes/memory-published-secrets.ts';
import { publishedSecretsContract } from './published-secrets.contract.ts';

publishedSecretsContract('memory', async (secretFormat) => {
  const azure = new MemoryAzure({ clock: () => new Date() });
  const effects = new MemoryEffects(azure);
  const media = account({ keys: { secretName: 'media-key', secretFormat } });
  azure.addAccount(media.name);
  return {
    secrets: new MemoryPublishedSecrets(effects),
    account: media,
    setSecret: async (text, tags) => void azure.setSecret(media, text, tags),
    remove: async () => azure.deleteSecret(media),
    disableLatest: async () => azure.disableSecret(media),
    versions: async () =>
      (azure.secret(media)?.versions ?? []).map((one) => ({ ...one, tags: { ...one.tags } })),
    beforeCall: (nth, act) => {
      let calls = 0;
      effects.before = () => (calls++ === nth ? act() : undefined);
    },
    breakNext: async (call, fault) => effects.next(call, fault),
  };
});
