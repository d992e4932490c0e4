// Reload a tab that the server no longer knows. Streamlit would leave it as it is, and its first click would do nothing.
(() => {
  const [started, remembered] = document.querySelector('meta[name="server"]').content.split(" ")
  const connected = () => document.querySelector('[data-testid="stApp"]')?.dataset.testConnectionState === "CONNECTED"
  const restarted = async () => {
    try {
      const page = await (await fetch(location.pathname, { headers: { accept: "text/html" } })).text()
      return page.includes('name="server"') && !page.includes(`"${started} `)
    } catch { return false }
  }
  let tick = Date.now(), woken = 0, slept = 0, known = false, since = 0
  setInterval(async () => {
    const now = Date.now()
    if (now - tick > 90_000) [slept, woken] = [tick, now] // a laptop that was closed notices only now that its connection is lost
    if (now - woken > 60_000) slept = 0
    tick = now
    if (!connected()) {
      if (known) since ||= slept || now
      return
    }
    known = true
    if (!since) return
    const away = now - since
    since = slept = 0
    if (away > remembered * 1000 || await restarted()) location.reload()
  }, 1000)
})()
