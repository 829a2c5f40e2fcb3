"""`python -m tests.i18n [language …]`: update the catalogues from the code and compile them."""

import sys

from tests.i18n.catalogues import languages, untranslated, update

for language in sorted({*languages(), *sys.argv[1:]}):
    left = untranslated(update(language))
    sys.stdout.write(f"{language}: {len(left)} untranslated\n" + "".join(f"  {message}\n" for message in left))
