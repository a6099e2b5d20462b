// Node loads this file into Azurite's process before Azurite itself. Azurite rereads AZURITE_ACCOUNTS only once a
// minute, but a regenerated key must stop working before the call that regenerates it returns. So the parent process
// sends the new accounts as a message and waits for the confirmation.
const { default: AccountDataStore } = require('azurite/dist/src/common/AccountDataStore');

const stores = [];
const { init } = AccountDataStore.prototype;
AccountDataStore.prototype.init = function () {
  stores.push(this);
  return init.call(this);
};

// Azure replies 403 to a wrong shared key, and so does Azurite unless bearer tokens are on: then its bearer token
// authenticator replies 400. Make that authenticator skip every other scheme.
for (const service of ['blob', 'queue', 'table']) {
  const className = `${service[0].toUpperCase()}${service.slice(1)}TokenAuthenticator`;
  const { default: Authenticator } = require(`azurite/dist/src/${service}/authentication/${className}`);
  const { validate } = Authenticator.prototype;
  Authenticator.prototype.validate = async function (request, ...rest) {
    const isOtherScheme = /^(?!Bearer)/.test(request.getHeader('authorization') ?? '');
    return isOtherScheme ? undefined : validate.call(this, request, ...rest);
  };
}

// Azurite cannot revoke user delegation keys. Refuse every SAS whose key starts before its account's revocation.
const revocations = new Map();
const { default: BlobSas } = require('azurite/dist/src/blob/authentication/BlobSASAuthenticator');
const { default: BlobContext } = require('azurite/dist/src/blob/context/BlobStorageContext');
const { default: StorageErrors } = require('azurite/dist/src/blob/errors/StorageErrorFactory');
const { validate: validateSas } = BlobSas.prototype;
BlobSas.prototype.validate = async function (request, context) {
  const startsAt = Date.parse(decodeURIComponent(request.getQuery('skt') ?? ''));
  if (startsAt < revocations.get(new BlobContext(context).account))
    throw StorageErrors.getAuthenticationFailed(context.contextId, 'The user delegation key was revoked.');
  return validateSas.call(this, request, context);
};

process.on('message', (message) => {
  if (typeof message?.accounts === 'string') {
    process.env.AZURITE_ACCOUNTS = message.accounts;
    for (const store of stores) store.refresh();
  } else if (typeof message?.revoked === 'string') {
    revocations.set(message.revoked, Date.now());
  } else return;
  process.send({ appliedId: message.id });
});
// The parent process has ended, possibly by a crash. On SIGTERM Azurite saves its data and ends.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel.unref();
