// The theme wraps wide tables while the page is shown; what scrolls has to be reachable by keyboard.
"use strict";
new MutationObserver(() => {
  for (const box of document.querySelectorAll(".md-typeset__scrollwrap:not([tabindex])")) {
    box.tabIndex = 0;
  }
}).observe(document.body, { childList: true, subtree: true });
