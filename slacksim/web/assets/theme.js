// Runs before the first paint: a page that is to be dark must not flash white.
{
  const theme = localStorage.getItem('theme')
  if (theme) document.documentElement.dataset.theme = theme
}
