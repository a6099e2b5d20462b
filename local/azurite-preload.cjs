// Runs inside Azurite's process, before it. Azurite re-reads AZURITE_ACCOUNTS once a minute; a regenerated key must
// be dead when the call that regenerated it returns, so the parent sends the new accounts and waits for the answer.
const { default: AccountDataStore } = require('azurite/dist/src/common/AccountDataStore');

const stores = [];
const { init } = AccountDataStore.prototype;
AccountDataStore.prototype.init = function () {
  stores.push(this);
  return init.call(this);
};

// With bearer tokens on, Azurite answers 400 to a shared key that is wrong, where Azure answers 403 as Azurite does
// without them: the part that reads bearer tokens must leave other schemes alone.
for (const service of ['blob', 'queue', 'table']) {
  const part = `${service[0].toUpperCase()}${service.slice(1)}TokenAuthenticator`;
  const { default: Authenticator } = require(`azurite/dist/src/${service}/authentication/${part}`);
  const { validate } = Authenticator.prototype;
  Authenticator.prototype.validate = async function (request, ...rest) {
    const isOther = /^(?!Bearer)/.test(request.getHeader('authorization') ?? '');
    return isOther ? undefined : validate.call(this, request, ...rest);
  };
}

process.on('message', (message) => {
  if (typeof message?.accounts !== 'string') return;
  process.env.AZURITE_ACCOUNTS = message.accounts;
  for (const store of stores) store.refresh();
  process.send({ accountsOf: message.id });
});
// The parent is gone, however it went: save and end.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel.unref();
