/** For piscina and tinypool. */
export default (x) => x + 1
