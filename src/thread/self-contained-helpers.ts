/** Names that tools put into functions, and that no source has. */

const KNOWN: readonly (readonly [RegExp, string])[] = [
  [/^__vi(te)?_(ssr_)?(import|export|dynamic_import)/, 'Vite and vitest put in place of an import'],
  [/^__vite__/, 'Vite puts into modules'],
  [/^__webpack_|__WEBPACK_IMPORTED_MODULE/, 'webpack puts in place of an import'],
  [/^cov_[\da-z]+$|^__cov|^__coverage__$/, 'a coverage tool (istanbul) puts into functions'],
  [/^stry(MutAct|Cov|NS)_/, 'a mutation tester (Stryker) puts into functions'],
  [
    /^__(name|publicField|async|await|yieldStar|spread(Values|Props)|objRest|using|callDispose|privateGet|privateSet|accessCheck|toESM)$/,
    'esbuild (and so tsx, tsup, Vite) puts into functions; __name comes of its option keepNames',
  ],
  [
    /^__(awaiter|generator|asyncGenerator|asyncValues|asyncDelegator|assign|rest|values|read|spread(Array)?|decorate|param|metadata|extends|classPrivateField(Get|Set|In)|addDisposableResource|disposeResources|importDefault|importStar|makeTemplateObject)$/,
    'TypeScript puts in for an old target',
  ],
  [
    /^_(async_?[tT]o_?[gG]enerator|async[gG]enerator\w*|regenerator\w*|classCallCheck|class_call_check|createClass|create_class|inherits|defineProperty|define_property|objectSpread2?|object_spread|slicedToArray|sliced_to_array|toConsumableArray|to_consumable_array|objectWithoutProperties\w*|createForOfIteratorHelper\w*|ts_generator|await_async_generator|usingCtx)$/,
    'Babel or SWC puts in for an old target',
  ],
]

/** Whose helper `name` is, to be read after "which"; `undefined` if it is nobody's that is known. */
export function helperOf(name: string): string | undefined {
  return KNOWN.find(([pattern]) => pattern.test(name))?.[1]
}
