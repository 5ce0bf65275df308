/**
 * What both directions of migration share of their engine.
 *
 * @module
 */

import type { Capabilities } from "../qapi/capabilities.ts";
import type { EmitEvent } from "../qapi/events.ts";
import type { MigrationParameters } from "../qapi/parameters.ts";
import type { PageRequestLog } from "../ram/page_request_log.ts";
import type { World } from "../world/world.ts";
import type { Machine } from "./machine.ts";

/** One engine's parts. Capabilities and parameters are the live objects: a change is seen at once. */
export interface EngineContext {
  readonly world: World;
  readonly machine: Machine;
  readonly emit: EmitEvent;
  readonly capabilities: Capabilities;
  readonly parameters: MigrationParameters;
  readonly pageRequests: PageRequestLog;
}
