/** Loaded into a measured host before everything else: answers each message with the processor time used so far. */
process.on('message', (message: { readonly askCpu?: number }) => {
  if (message.askCpu === undefined) return;
  const { user, system } = process.cpuUsage();
  process.send?.({ askedCpu: message.askCpu, cpuMs: (user + system) / 1000 });
});
