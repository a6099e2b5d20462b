// Runs inside Azurite's process, before it. Azurite re-reads AZURITE_ACCOUNTS once a minute; a regenerated key must
// be dead when the call that regenerated it returns, so the parent sends the new accounts and waits for the answer.
const { default: AccountDataStore } = require('azurite/dist/src/common/AccountDataStore');

const stores = [];
const { init } = AccountDataStore.prototype;
AccountDataStore.prototype.init = function () {
  stores.push(this);
  return init.call(this);
};

process.on('message', (message) => {
  if (typeof message?.accounts !== 'string') return;
  process.env.AZURITE_ACCOUNTS = message.accounts;
  for (const store of stores) store.refresh();
  process.send({ accountsOf: message.id });
});
// The parent is gone, however it went: save and end.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel.unref();
