/**
 * Scenario files for tests: a small one, of which a test replaces what it is about.
 *
 * @module
 */

/** The top-level fields of a scenario file, each as YAML. */
const FIELDS = {
  name: "test/scenario",
  question: "What happens?",
  ram: "2M",
  guest: "{ vcpus: 2, touches: 250 }",
  capabilities: "{ postcopy-ram: true, postcopy-preempt: true }",
  parameters: "{ max-bandwidth: 2000000, max-postcopy-bandwidth: 4000000 }",
  show: "[downtime-ms]",
  steps: "[{ wait: 1ms }]",
};

/** A scenario file with these fields in the place of others, or besides them. One field a line, unless its text has several. */
export function scenarioYaml(fields: Readonly<Record<string, string>> = {}): string {
  return Object.entries({ ...FIELDS, ...fields }).map(([name, text]) => `${name}: ${text}\n`)
    .join("");
}

/** Steps that bring a guest into postcopy. */
export const ENTER_POSTCOPY = [
  `{ on: destination, execute: migrate-incoming, arguments: { uri: "{migration-address}" } }`,
  `{ on: source, execute: migrate, arguments: { uri: "{migration-address}" } }`,
  "{ on: source, wait-for-status: active }",
  "{ on: source, execute: migrate-start-postcopy }",
  "{ on: source, wait-for-status: postcopy-active }",
] as const;

/** Steps that wait until the guest has arrived. */
export const ARRIVE = [
  "{ on: source, wait-for-status: completed }",
  "{ on: destination, wait-for-status: completed }",
] as const;

/** Steps as a field's text. */
export function stepsYaml(...steps: readonly string[]): string {
  return steps.map((step) => `\n  - ${step}`).join("");
}
