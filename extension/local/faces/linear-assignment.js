/** Optimal assignment: the Hungarian method with potentials (Kuhn 1955; in cubic time). Not here: what is assigned to what. */

/**
 * @param {number[][]} costs at least one row, all rows of the same length
 * @returns {[number, number][]} pairs of row and column, as many as the shorter side has, of the least total cost
 */
export function assigned(costs) {
  if (costs.length <= costs[0].length) return rowsAssigned(costs);
  const turned = costs[0].map((_, column) => costs.map((row) => row[column]));
  return rowsAssigned(turned).map(([column, row]) => [row, column]);
}

/**
 * @param {number[][]} costs no more rows than columns
 * @returns {[number, number][]}
 */
function rowsAssigned(costs) {
  const columns = costs[0].length;
  const state = { low: new Array(costs.length + 1).fill(0), high: new Array(columns + 1).fill(0), owner: new Array(columns + 1).fill(0) };
  for (let row = 1; row <= costs.length; row++) assignRow(costs, row, state);
  const pairs = /** @type {[number, number][]} */ ([]);
  for (let column = 1; column <= columns; column++) if (state.owner[column]) pairs.push([state.owner[column] - 1, column - 1]);
  return pairs;
}

/**
 * Takes one more row in, along the cheapest way of exchanging. Rows and columns count from 1; column 0 is where the row begins.
 * @param {number[][]} costs
 * @param {number} row
 * @param {{low: number[], high: number[], owner: number[]}} state potentials of rows and columns, and which row owns a column
 */
function assignRow(costs, row, { low, high, owner }) {
  const slack = new Array(high.length).fill(Infinity);
  const came = new Array(high.length).fill(0);
  const done = new Array(high.length).fill(false);
  owner[0] = row;
  let column = 0;
  do {
    done[column] = true;
    let [next, least] = [0, Infinity];
    for (let each = 1; each < high.length; each++) {
      if (done[each]) continue;
      const cost = costs[owner[column] - 1][each - 1] - low[owner[column]] - high[each];
      if (cost < slack[each]) [slack[each], came[each]] = [cost, column];
      if (slack[each] < least) [least, next] = [slack[each], each];
    }
    for (let each = 0; each < high.length; each++) {
      if (done[each]) [low[owner[each]], high[each]] = [low[owner[each]] + least, high[each] - least];
      else slack[each] -= least;
    }
    column = next;
  } while (owner[column]);
  for (; column; column = came[column]) owner[column] = owner[came[column]];
}
