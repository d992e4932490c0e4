// One step back is one page back. Streamlit adds an entry to the history for every query that the server writes, beside the one for the page.
(() => {
  const { pushState, replaceState } = History.prototype
  const pageOf = address => {
    const url = new URL(address, location.href)
    return [url.pathname, url.searchParams.get("lesson"), url.searchParams.has("notes")].join()
  }
  let left = location.href // where the visitor last did something: before a page opens, the server takes the old one's query away
  for (const act of ["pointerdown", "keydown"]) addEventListener(act, () => { left = location.href }, true)
  history.pushState = function (state, unused, url) {
    if (url == null || pageOf(url) === pageOf(location.href)) return replaceState.call(this, state, unused, url)
    if (pageOf(left) === pageOf(location.href) && !new URL(left).searchParams.has("p")) replaceState.call(this, this.state, "", left)
    pushState.call(this, state, unused, url)
  }
})()
