/** Stands in for the console if the broker's configuration has faults: nothing else works then. */
export function Misconfigured() {
  return (
    <main className="alone">
      <section className="card">
        <h1>The broker’s configuration has faults</h1>
        <p>It serves nothing until they are corrected. Its log lists them.</p>
      </section>
    </main>
  );
}
