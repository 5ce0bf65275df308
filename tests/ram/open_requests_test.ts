/**
 * Open page requests.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { OpenRequests } from "../../lib/ram/open_requests.ts";

Deno.test("OpenRequests.add() takes a page once while it is open, and again afterwards", () => {
  const open = new OpenRequests();
  assertEquals([open.add(4), open.add(4)], [true, false]);
  assertEquals([open.delete(4), open.delete(4)], [true, false]);
  assertEquals([open.add(4), open.has(4), open.size], [true, true, 1]);
});

Deno.test("OpenRequests lists its pages in the order of the requests", () => {
  const open = new OpenRequests();
  for (const page of [9, 2, 7, 2]) open.add(page);
  assertEquals([...open], [9, 2, 7]);
  open.delete(9);
  open.add(9);
  assertEquals([...open], [2, 7, 9]);
  open.clear();
  assertEquals([...open], []);
});
