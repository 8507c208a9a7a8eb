// Deutsch: was callguard selbst sagt (Gründe, Störungen, Fehler). Die API sagt es auf Englisch, damit Protokolle überall gleich lauten; die
// Schlüssel sind ihre Sätze, {} ein Wert, {0} {1} dieselben der Reihe nach. Ein Test vergleicht sie mit den Sätzen im Quelltext.

export const serverDe: Record<string, string> = {
  // Wie gut ein Gespräch geschützt ist
  "No audio has come for {} s: check the tap.": "Seit {0} s kommt kein Ton: Bitte den Zugang prüfen.",
  "Only one side is heard, no audio comes from the caller: check the tap.":
    "Nur eine Seite ist zu hören, vom Gegenüber kommt kein Ton: Bitte den Zugang prüfen.",
  "Only one side is heard, no audio comes from the agent: check the tap.":
    "Nur eine Seite ist zu hören, vom Telefonplatz kommt kein Ton: Bitte den Zugang prüfen.",
  "Words are written down {} s late: the engine cannot keep up.":
    "Worte werden {0} s zu spät mitgeschrieben: Die Erkennung kommt nicht nach.",
  "Speech was lost because the engine could not keep up.": "Gesprochenes ging verloren, weil die Erkennung nicht nachkam.",
  "Speech was lost because the speech engine failed.": "Gesprochenes ging verloren, weil die Erkennung versagte.",
  "The speech engine fails: what is said is not written down. Do not rely on callguard now.":
    "Die Erkennung versagt: Was gesagt wird, wird nicht mitgeschrieben. Verlassen Sie sich jetzt nicht auf callguard.",
  "The speech engine does not know this language: nothing is written down.":
    "Die Erkennung kennt diese Sprache nicht: Nichts wird mitgeschrieben.",
  "Only keywords are scored in this language: no model for it.":
    "In dieser Sprache werden nur Schlüsselwörter bewertet: Für sie gibt es kein Modell.",
  "The machine is busy: the agent's words appear when a sentence has ended.":
    "Der Rechner ist ausgelastet: Worte am Telefonplatz erscheinen erst am Ende eines Satzes.",
  "The machine is busy: warnings come when a sentence has ended, not while it is spoken.":
    "Der Rechner ist ausgelastet: Warnungen kommen am Ende eines Satzes, nicht schon während er gesprochen wird.",
  "The machine is overloaded: only the caller is written down, the agent is not.":
    "Der Rechner ist überlastet: Nur das Gegenüber wird mitgeschrieben, der Telefonplatz nicht.",
  "The machine is overloaded: a smaller model writes the caller down and mishears more.":
    "Der Rechner ist überlastet: Ein kleineres Modell schreibt das Gegenüber mit und verhört sich öfter.",
  "The machine is overloaded: only threats are listened for, nothing is written down.":
    "Der Rechner ist überlastet: Es wird nur auf Drohungen gehört, nichts wird mitgeschrieben.",
  "The machine is overloaded: what is said may not be heard at all. Do not rely on callguard now.":
    "Der Rechner ist überlastet: Was gesagt wird, wird vielleicht gar nicht gehört. Verlassen Sie sich jetzt nicht auf callguard.",

  // Neue Anrufe
  "callguard is not accepting calls yet; try again in a moment":
    "callguard nimmt noch keine Anrufe an; gleich noch einmal versuchen",
  "callguard is not accepting calls; try again in a moment": "callguard nimmt keine Anrufe an; gleich noch einmal versuchen",
  "{} calls are running and taps.max_calls is {}; raise it or add a machine":
    "{0} Anrufe laufen und taps.max_calls ist {1}; erhöhen Sie es oder nehmen Sie einen Rechner dazu",
  "the machine is busy and running calls come first; try again later or add a machine":
    "der Rechner ist ausgelastet und laufende Anrufe gehen vor; später noch einmal versuchen oder einen Rechner dazunehmen",
  "with one more call the speech engine would be busy {} of its time; add cores or take a smaller model":
    "mit einem Anruf mehr wäre die Erkennung zu {0} ausgelastet; nehmen Sie Kerne dazu oder ein kleineres Modell",
  "a call of this id is running already; call ids must be unique":
    "ein Anruf mit dieser Kennung läuft schon; jede darf nur einmal vorkommen",
  "a call was refused: {}": "ein Anruf wurde abgewiesen: {0}",

  // Aufzeichnung
  "the disk that holds the database is full; free space on it: until then events are not recorded":
    "die Platte der Datenbank ist voll; schaffen Sie Platz: Bis dahin wird nichts aufgezeichnet",
  "the disk that holds the database cannot be written: it is full or failing; free space on it or change it: until then events are not recorded":
    "die Platte der Datenbank lässt sich nicht beschreiben: Sie ist voll oder defekt; schaffen Sie Platz oder tauschen Sie sie: Bis dahin wird nichts aufgezeichnet",
  "another process kept the database locked for {} ms; stop it or wait until it is done":
    "ein anderer Prozess hielt die Datenbank {0} ms lang fest; beenden Sie ihn oder warten Sie ab",
  "the database file cannot be opened; check that its folder exists and may be written to":
    "die Datenbankdatei lässt sich nicht öffnen; prüfen Sie, ob es ihren Ordner gibt und er beschrieben werden darf",
  "the database file or its folder may not be written to; check their permissions":
    "die Datenbankdatei oder ihr Ordner darf nicht beschrieben werden; prüfen Sie die Rechte",
  "the database file is no SQLite database; name another file in record.database_url":
    "die Datenbankdatei ist keine SQLite-Datenbank; nennen Sie in record.database_url eine andere",
  "the database file is damaged; restore it from a backup":
    "die Datenbankdatei ist beschädigt; stellen Sie sie aus einer Sicherung wieder her",
  "the database has no tables yet; run `callguard db upgrade`":
    "die Datenbank hat noch keine Tabellen; führen Sie `callguard db upgrade` aus",
  "the database failed ({})": "die Datenbank versagte ({0})",
  "the database failed ({}); look its code up and check disk, permissions and database":
    "die Datenbank versagte ({0}); schlagen Sie die Kennung nach und prüfen Sie Platte, Rechte und Datenbank",
  "the database cannot be reached ({}); start it or mend record.database_url":
    "die Datenbank ist nicht zu erreichen ({0}); starten Sie sie oder berichtigen Sie record.database_url",
  "folder {} cannot be made ({}); set `data_dir` to one that can":
    "der Ordner {0} lässt sich nicht anlegen ({1}); nennen Sie in `data_dir` einen anderen",

  // Zugänge
  "one party has not connected; the call goes on one-sided":
    "eine Seite hat sich nicht verbunden; der Anruf geht einseitig weiter",
  "connection refused": "Verbindung abgewiesen",
  "handshake for another path refused": "Verbindung zu einem anderen Pfad abgewiesen",
  "handshake refused: its token cannot be looked up": "Verbindung abgewiesen: Ihr Schlüssel lässt sich nicht nachschlagen",
  "handshake without a valid signature or token refused": "Verbindung ohne gültige Signatur oder Schlüssel abgewiesen",
  "stream refused": "Strom abgewiesen",
  "messages were lost, late or unreadable": "Nachrichten gingen verloren, kamen zu spät oder waren unlesbar",
  "browser refused": "Browser abgewiesen",
  "a call ended as {}": "ein Anruf endete als «{0}»",
  "cut off inside a message": "mitten in einer Nachricht abgebrochen",
  "the browser did not connect within {} s": "der Browser hat sich in {0} s nicht verbunden",

  // Erkennung und Modelle
  "It runs on {} with {} workers, because the GPU cannot be used: {}.":
    "Läuft auf {0} mit {1} Arbeitern, weil die GPU nicht zu gebrauchen ist: {2}.",
  "It runs on {} with {} workers.": "Läuft auf {0} mit {1} Arbeitern.",
  "It hears threats only.": "Hört nur Drohungen.",
  "{} could not be fetched, which is tried again: {}": "{0} war nicht zu holen, was wieder versucht wird: {1}",
  "{} could not be fetched: {}": "{0} war nicht zu holen: {1}",
  "For two old cores; mishears often.": "Für zwei alte Kerne; verhört sich oft.",
  "The default: the best that two cores can share among many calls.":
    "Die Voreinstellung: das Beste, was zwei Kerne auf viele Anrufe verteilen können.",
  "For eight cores, or a GPU of any kind.": "Für acht Kerne oder irgendeine GPU.",
  "For a GPU with 4 GB.": "Für eine GPU mit 4 GB.",
  "Nearly as good as small.en at half its cost.": "Fast so gut wie small.en, zum halben Preis.",
  "asking the hub": "fragt den Hub",
  "it is being fetched already; waiting for that": "es wird schon geholt; wartet darauf",
  "{} cannot be kept in {} ({}); make room there or mend its permissions, then pull again: it goes on where it stopped":
    "{0} lässt sich nicht in {1} ablegen ({2}); schaffen Sie dort Platz oder berichtigen Sie die Rechte, dann noch einmal holen: Es geht weiter, wo es aufhörte",
  "it failed ({}); try again": "es misslang ({0}); bitte noch einmal versuchen",
  "there is no model «{}»; the list shows the known ones": "es gibt kein Modell «{0}»; die Liste zeigt die bekannten",
  "transcribe.may_pull is off: models are brought to this machine with `callguard models pull`":
    "transcribe.may_pull ist aus: Modelle kommen mit `callguard models pull` auf diesen Rechner",
  "{} is being fetched; wait until it is here": "{0} wird gerade geholt; warten Sie, bis es da ist",
  "{} is not on disk; fetch it first": "{0} ist nicht vorhanden; holen Sie es zuerst",

  // Regelwerke
  "Anger is welcome, abuse is not: two warnings' worth of patience, senior staff at the first severe word.":
    "Ärger ist willkommen, Beleidigung nicht: Geduld für zwei Ermahnungen, die Leitung beim ersten schweren Wort.",
  "Anger is welcome, abuse is answered at once: senior staff at the first insult, the next tier after ten seconds.":
    "Ärger ist willkommen, Beleidigung wird sofort beantwortet: die Leitung bei der ersten Beleidigung, die nächste Stufe nach zehn Sekunden.",
  "People in distress are met with patience; language is warned about first; threats go to the supervisor and, by their decision, to the police.":
    "Menschen in Not wird mit Geduld begegnet; vor Ausdrücken wird erst gewarnt; Drohungen gehen an die Leitung und, wenn sie es entscheidet, an die Polizei.",
  "senior staff of the team": "Leitung des Teams",
  "all senior staff": "alle in der Leitung",
  "duty manager": "Bereitschaft",
  "instead of {}": "statt {0}",
  "in writing only": "nur schriftlich",
  "one named contact": "eine feste Ansprechperson",
  "set hours only": "nur zu festen Zeiten",
  "no personal visits": "keine persönlichen Besuche",
  "no calls, letters are answered": "keine Anrufe, Briefe werden beantwortet",
  "visits with two members of staff only": "Besuche nur bei zwei Angestellten",
  "contact ended, letters are read": "Kontakt beendet, Briefe werden gelesen",
  "a talk with your team lead": "ein Gespräch mit der Teamleitung",
  "a talk with your supervisor": "ein Gespräch mit der Leitung",
  counselling: "Beratung",
  "other duties for a while": "eine Zeit lang andere Aufgaben",
  "a colleague beside you on the next calls": "jemand neben Ihnen bei den nächsten Anrufen",
  "{} says something else already; raise its version, so that decisions can name it":
    "{0} lautet schon anders; erhöhen Sie die Fassung, damit Entscheidungen sie nennen können",
  "{} is kept already with another text; raise its version":
    "{0} ist schon mit anderem Text aufgenommen; erhöhen Sie die Fassung",
  "{} is no TOML: {}; mend that line": "{0} ist kein TOML: {1}; berichtigen Sie die Zeile",
  "no such version is kept; one that a settings file names is read where that file lies":
    "diese Fassung ist nicht aufgenommen; eine, die in den Einstellungen steht, wird in ihrer Datei gelesen",
  "the time is empty or longer than {} days; send `until` after `since`, and less of it":
    "der Zeitraum ist leer oder länger als {0} Tage; wählen Sie einen kürzeren, dessen Ende nach dem Anfang liegt",
  "a threshold of {} for {} is no probability; expected 0.01 to 0.99":
    "eine Schwelle von {0} für {1} geht nicht; möglich ist 0,01 bis 0,99",
  "this policy is a file that the settings name; let an admin send it first, then propose":
    "dieses Regelwerk ist eine Datei aus den Einstellungen; erst muss es die Verwaltung aufnehmen, dann können Sie vorschlagen",
  "the time zone is not known here; expected an IANA name such as Europe/Berlin":
    "diese Zeitzone ist hier unbekannt; erwartet wird ein Name wie Europe/Berlin",

  // Anmeldung, Rechte, Personen
  "callguard cannot be reached; check the network": "callguard ist nicht zu erreichen; prüfen Sie das Netz",
  "callguard answered {}": "callguard antwortete {0}",
  "callguard is stopping; do this again in a moment": "callguard hält an; gleich noch einmal versuchen",
  "something in callguard failed; tell who runs it the reference {}, which is in the log":
    "in callguard ging etwas schief; nennen Sie der Person, die es betreibt, das Zeichen {0}: Es steht im Protokoll",
  "you are not logged in, or your session is over; log in": "Sie sind nicht oder nicht mehr angemeldet; melden Sie sich an",
  "your session is over": "Ihre Sitzung ist zu Ende",
  "name or password is wrong; check both and try again":
    "Name oder Passwort ist falsch; prüfen Sie beides und versuchen Sie es noch einmal",
  "too many tries; try again in {} min": "zu viele Versuche; in {0} min noch einmal",
  "the old password is wrong; check it and try again":
    "das alte Passwort ist falsch; prüfen Sie es und versuchen Sie es noch einmal",
  "the password has {} characters; expected {} to {}": "das Passwort hat {0} Zeichen; erwartet werden {1} bis {2}",
  "this log-in is disabled; ask an admin": "dieser Zugang ist gesperrt; fragen Sie die Verwaltung",
  "this one-time password is over; ask an admin for another":
    "dieses Einmalpasswort ist abgelaufen; bitten Sie die Verwaltung um ein neues",
  "this password works once; choose your own": "dieses Passwort gilt einmal; wählen Sie ein eigenes",
  "this is the one-time password; choose another one": "das ist das Einmalpasswort; wählen Sie ein anderes",
  "this log-in comes from the page of another site; open callguard's own address":
    "diese Anmeldung kommt von der Seite eines anderen Anbieters; öffnen Sie die Adresse von callguard",
  "this request comes from the page of another site; open callguard's own address":
    "diese Anfrage kommt von der Seite eines anderen Anbieters; öffnen Sie die Adresse von callguard",
  "this is not for the role «{}»; ask somebody who is {}":
    "das ist nicht für die Rolle «{0}»; fragen Sie jemanden mit der Rolle {1}",
  "{} is not for the role «{}»; ask somebody who is {}":
    "{0} ist nicht für die Rolle «{1}»; fragen Sie jemanden mit der Rolle {2}",
  "the log of access is not for the role «{}»; ask somebody who is qa or admin":
    "das Zugriffsprotokoll ist nicht für die Rolle «{0}»; fragen Sie die Qualität oder die Verwaltung",
  "the log of access is not for the role «{}»; ask somebody who is admin":
    "das Zugriffsprotokoll ist nicht für die Rolle «{0}»; fragen Sie die Verwaltung",
  "replaying calls is not for the role «{}»; ask somebody who is qa or senior":
    "Anrufe nachhören ist nicht für die Rolle «{0}»; fragen Sie die Qualität oder die Leitung",
  "reviewing calls is not for the role «{}»; ask somebody who is qa":
    "Anrufe prüfen ist nicht für die Rolle «{0}»; fragen Sie die Qualität",
  "letters are not for the role «{}»; ask somebody who is admin or senior":
    "Briefe sind nicht für die Rolle «{0}»; fragen Sie die Leitung oder die Verwaltung",
  "interjecting and calling back are for senior staff; press «I need help» and they will come":
    "Einschalten und Zurückrufen ist Sache der Leitung; drücken Sie «Ich brauche Hilfe», dann kommt jemand",
  "«{}» is said, not requested; expected one of {}": "«{0}» wird gesagt, nicht erbeten; möglich ist {1}",
  "a log-in name has 1 to 64 letters, digits or . _ @ + - and begins with a letter or digit":
    "ein Anmeldename hat 1 bis 64 Buchstaben, Ziffern oder . _ @ + - und beginnt mit Buchstabe oder Ziffer",
  "a token's name has 1 to 64 letters, digits or . _ @ + - and begins with a letter or digit":
    "der Name eines Schlüssels hat 1 bis 64 Buchstaben, Ziffern oder . _ @ + - und beginnt mit Buchstabe oder Ziffer",
  "a user of this name exists already; choose another name": "diesen Anmeldenamen gibt es schon; wählen Sie einen anderen",
  "there is no user of this name": "diesen Anmeldenamen gibt es nicht",
  "there is no user of this name; add one or check the spelling":
    "diesen Anmeldenamen gibt es nicht; legen Sie ihn an oder prüfen Sie die Schreibweise",
  "this is the last admin who can log in; make somebody else an admin first":
    "sonst kann sich niemand mehr für die Verwaltung anmelden; geben Sie die Rolle erst jemand anderem",
  "a token of this name exists already; choose another name":
    "einen Schlüssel dieses Namens gibt es schon; wählen Sie einen anderen",
  "there is no token of this name": "einen Schlüssel dieses Namens gibt es nicht",

  // Anrufe und Alarme
  "there is no such call among those that you may see": "diesen Anruf gibt es nicht unter denen, die Sie sehen dürfen",
  "a request has at most {} MiB; send less": "eine Anfrage hat höchstens {0} MiB; senden Sie weniger",
  "a text has a character that cannot be stored (NUL); take it out":
    "ein Text hat ein Zeichen, das nicht gespeichert werden kann (NUL); nehmen Sie es heraus",
  "a time lies before the year 2 or after the year 9998; send another":
    "eine Zeit liegt vor dem Jahr 2 oder nach dem Jahr 9998; nennen Sie eine andere",
  "a time lies before the year 1 or after the year 9999 in UTC; send another":
    "eine Zeit liegt vor dem Jahr 1 oder nach dem Jahr 9999 (UTC); senden Sie eine andere",
  "there is no such running call": "dieser Anruf läuft nicht",
  "this call is neither running nor one of the last that ended": "dieser Anruf läuft nicht und ist keiner der zuletzt beendeten",
  "this call has only just begun; ask again in a moment": "dieser Anruf hat eben erst begonnen; gleich noch einmal versuchen",
  "this call has no such decision; send the «decision_id» of a prompt of this call, or none":
    "diesen Hinweis gibt es in diesem Anruf nicht",
  "this call is another agent's already; only a call without an agent can be given to one":
    "diesen Anruf hat schon jemand; nur einer, den niemand hat, lässt sich zuteilen",
  "this call has another caller already; only a call without a caller can be given one":
    "bei diesem Anruf ist schon bekannt, wer anruft; nur wo es niemand weiß, lässt es sich sagen",
  "this call is over already; say what is to be known of a call before it ends":
    "dieser Anruf ist schon vorbei; was man von einem Anruf wissen soll, ist vor seinem Ende zu sagen",
  "the form is no UTF-8; percent-encode it as such": "das Formular ist kein UTF-8; kodieren Sie es so (mit Prozentzeichen)",
  "the call has no alert with this id, or it is only just being stored; ask again in a moment":
    "diesen Alarm gibt es nicht, oder er wird eben erst gespeichert; gleich noch einmal versuchen",
  "{} has this alert already; ask them to hand it over, or join the call beside them":
    "{0} hat diesen Alarm schon übernommen; lassen Sie ihn sich übergeben, oder kommen Sie im Anruf dazu",
  "alerts are handed to senior staff only; name a colleague's log-in":
    "Alarme gehen nur an die Leitung; nennen Sie jemanden von dort",
  "«none» stands alone and needs a note that says why; take it out or write the reason":
    "«nichts» steht allein und braucht einen Grund; nehmen Sie es heraus oder schreiben Sie, warum",

  // Dazukommen
  "this call is over; nobody can join it": "dieser Anruf ist vorbei; niemand kann mehr dazukommen",
  "The call is over.": "Der Anruf ist vorbei.",
  "callguard was stopped.": "callguard wurde beendet.",
  "Joined again from another page.": "Von einer anderen Seite aus neu dazugekommen.",
  "The connection to the browser was lost.": "Die Verbindung zum Browser ging verloren.",
  "The telephone was hung up.": "Am Telefon wurde aufgelegt.",
  "Whoever asked for it has gone.": "Wer darum gebeten hat, ist nicht mehr da.",
  "{} The telephone stays in the call.": "{0} Das Telefon bleibt im Anruf.",
  "you have taken this call over by telephone; hang up there before you join in another way":
    "Sie haben diesen Anruf am Telefon übernommen; legen Sie dort auf, bevor Sie anders dazukommen",
  "the agent is out of this call, and the caller has nobody but you; hand it over or hang up":
    "der Telefonplatz ist nicht mehr im Anruf, das Gegenüber hat nur noch Sie; übergeben Sie oder legen Sie auf",
  "the call ended, or you left it, before the telephone was answered":
    "der Anruf war vorbei oder Sie hatten ihn verlassen, bevor jemand abnahm",
  "the telephone is not in this call (any more); join it again":
    "das Telefon ist nicht (mehr) in diesem Anruf; kommen Sie neu dazu",
  "{} has it now.": "{0} hat ihn jetzt.",
  "{} asks {} to take this call.": "{0} bittet {1}, diesen Anruf zu übernehmen.",
  "you are not in this call (any more); join it again": "Sie sind nicht (mehr) in diesem Anruf; kommen Sie neu dazu",
  "«{}» is not possible in this way on this call; {}": "«{0}» geht auf diesem Weg bei diesem Anruf nicht; {1}",
  "it works {}": "es geht {0}",
  "by telephone": "über das Telefon",
  "in the browser": "im Browser",
  "talk to the agent another way": "sprechen Sie auf anderem Weg miteinander",
  "call {}": "rufen Sie {0} an",
  "no telephone is known for {}; name it, or set join.phones":
    "für {0} ist kein Telefon bekannt; nennen Sie es, oder setzen Sie join.phones",
  "{} has taken this call over already; listen or ask for it":
    "{0} hat diesen Anruf schon übernommen; hören Sie mit, oder bitten Sie darum",
  "the browser has not connected within {} s: look at UDP and NAT":
    "der Browser hat sich in {0} s nicht verbunden: Prüfen Sie UDP und NAT",
  "a call is handed over to a colleague who is senior staff; send their log-in name":
    "ein Anruf wird jemandem aus der Leitung übergeben; wählen Sie wen",
  "{} cannot be bound for browsers ({}); mend join.addresses":
    "{0} lässt sich für Browser nicht belegen ({1}); berichtigen Sie join.addresses",
  "no UDP port of join.first_port to join.last_port is free on {}; widen them":
    "von join.first_port bis join.last_port ist auf {0} kein UDP-Port frei; erweitern Sie den Bereich",
  "the offer has {} audio sections; expected one, and at most one data channel beside it":
    "das Angebot hat {0} Tonspuren; erwartet wird eine",
  "the offer cannot be read; send the «sdp» of an RTCSessionDescription of type «offer»":
    "das Angebot des Browsers ist nicht zu lesen",
  "the offer cannot be answered ({}); offer Opus audio over DTLS-SRTP":
    "das Angebot des Browsers ist nicht zu beantworten ({0}); es muss Opus über DTLS-SRTP sein",
  "browsers are no source here; set taps.webrtc.enabled": "Browser bringen hier keine Anrufe; setzen Sie taps.webrtc.enabled",
  "a call of this id is over already; give each call an id of its own":
    "ein Anruf mit dieser Kennung ist schon vorbei; geben Sie jedem eine eigene",
  "the agent's channel is in no bridge, so that nobody can be added to the call; try to whisper":
    "der Kanal des Telefonplatzes ist in keiner Brücke, also kann niemand dazu; versuchen Sie es mit «Zuflüstern»",
  "Asterisk's channel of the agent is not known; let the dialplan POST it to /api/calls/{id}/legs":
    "der Asterisk-Kanal des Telefonplatzes ist unbekannt; lassen Sie ihn den Wählplan an /api/calls/{id}/legs melden",
  "Asterisk refuses callguard's name or password; look at join.ari and ari.conf":
    "Asterisk weist Name oder Passwort von callguard ab; prüfen Sie join.ari und ari.conf",
  "Asterisk no longer has this channel or bridge; the call is probably over":
    "Asterisk hat diesen Kanal oder diese Brücke nicht mehr; der Anruf ist wohl vorbei",
  "Asterisk answered {} to {} {}; look at its log": "Asterisk antwortete {0} auf {1} {2}; sehen Sie in sein Protokoll",
  "the telephone did not answer; try again or listen in the browser":
    "am Telefon hat niemand abgenommen; noch einmal versuchen oder im Browser mithören",
  "Asterisk's REST interface does not answer; look at join.ari.url and http.conf":
    "die REST-Schnittstelle von Asterisk antwortet nicht; prüfen Sie join.ari.url und http.conf",
  "Asterisk's events cannot be had; look at join.ari, ari.conf and http.conf":
    "die Ereignisse von Asterisk sind nicht zu bekommen; prüfen Sie join.ari, ari.conf und http.conf",
  "the call is in no Twilio conference; dial caller and agent into a <Conference> so that it can be joined":
    "der Anruf ist in keiner Twilio-Konferenz; verbinden Sie beide Seiten über <Conference>, damit jemand dazukommen kann",
  "who of the conference is the agent is not known; POST the call SID to /api/calls/{id}/legs":
    "wer in der Konferenz der Telefonplatz ist, ist unbekannt; melden Sie die SID des Anrufs an /api/calls/{id}/legs",
  "what answers at join.ari.url is not Asterisk's REST interface; check the address":
    "unter join.ari.url antwortet nicht die REST-Schnittstelle von Asterisk; prüfen Sie die Adresse",
  "there is no mode to go back to": "es gibt keine Art, zu der man zurückkehren kann",
  "what answers at join.twilio.url is not Twilio; check the address and what stands between":
    "unter join.twilio.url antwortet nicht Twilio; prüfen Sie die Adresse und was dazwischen steht",
  "Twilio refuses the account or its token; look at join.twilio":
    "Twilio weist das Konto oder dessen Token ab; prüfen Sie join.twilio",
  "Twilio no longer has this conference or participant; the call is probably over":
    "Twilio hat diese Konferenz oder dieses Telefon nicht mehr; der Anruf ist wohl vorbei",
  "join.twilio.caller_id is not a number of this account; buy or verify it":
    "join.twilio.caller_id gehört nicht zu diesem Konto; kaufen oder bestätigen Sie die Nummer",
  "join.twilio.caller_id is not a number that Twilio can call from":
    "von der Nummer in join.twilio.caller_id kann Twilio nicht anrufen",
  "the senior's telephone is not a number that Twilio can call; write it as +15551234567":
    "diese Nummer kann Twilio nicht anrufen; schreiben Sie sie wie +15551234567",
  "the agent is on hold, so that nobody can whisper to them; try again when they are back":
    "der Telefonplatz wird gehalten, also kann ihm niemand zuflüstern; noch einmal versuchen, wenn das Gespräch weitergeht",
  "the agent is not in the conference (any more), so that nobody can whisper to them; interject instead":
    "der Telefonplatz ist nicht (mehr) in der Konferenz; sprechen Sie stattdessen mit",
  "Twilio answered {} (error {}); look at its error log": "Twilio antwortete {0} (Fehler {1}); sehen Sie in sein Fehlerprotokoll",
  "FreeSWITCH no longer has this leg; the call is probably over":
    "FreeSWITCH hat dieses Gespräch nicht mehr; der Anruf ist wohl vorbei",
  "Twilio does not answer; look at the network and join.twilio.url":
    "Twilio antwortet nicht; prüfen Sie das Netz und join.twilio.url",
  "FreeSWITCH's UUIDs of this call are not known; let the dialplan POST them to /api/calls/{id}/legs":
    "die UUIDs dieses Anrufs bei FreeSWITCH sind unbekannt; lassen Sie sie den Wählplan an /api/calls/{id}/legs melden",
  "FreeSWITCH refuses callguard's address; look at apply-inbound-acl in event_socket.conf":
    "FreeSWITCH weist die Adresse von callguard ab; prüfen Sie apply-inbound-acl in event_socket.conf",
  "FreeSWITCH refuses callguard's password; look at join.freeswitch and event_socket.conf":
    "FreeSWITCH weist das Passwort von callguard ab; prüfen Sie join.freeswitch und event_socket.conf",
  "FreeSWITCH answered «{}» to {}; is the call still running?": "FreeSWITCH antwortete «{0}» auf {1}; läuft der Anruf noch?",
  "FreeSWITCH's event socket does not answer; look at join.freeswitch and event_socket.conf":
    "der Event-Socket von FreeSWITCH antwortet nicht; prüfen Sie join.freeswitch und event_socket.conf",
  "FreeSWITCH hung up before it had answered; look at its log":
    "FreeSWITCH legte auf, bevor es geantwortet hatte; sehen Sie in sein Protokoll",

  // Vorfälle, Anrufende, Rückrufe
  "Drafted from stored events: {}.": "Aus gespeicherten Ereignissen entworfen: {0}.",
  alert: "Alarm",
  "hung up": "aufgelegt",
  marked: "gekennzeichnet",
  "{} severe incidents within a year.": "{0} schwere Vorfälle in einem Jahr.",
  "{} incidents within a year: many small ones add up.":
    "{0} Vorfälle in einem Jahr: Viele kleine ergeben zusammen einen großen.",
  "«caller» is empty; send the number or account as the phone system has it":
    "die Nummer fehlt; nennen Sie sie, wie sie die Telefonanlage kennt",
  "«{}» is no kind of restriction here; expected one of: {}": "«{0}» ist hier keine Art der Einschränkung; möglich sind: {1}",
  "this restriction is «{}» already; propose a new one": "diese Einschränkung ist schon «{0}»; schlagen Sie eine neue vor",
  "this restriction is «{}»; a letter would tell the caller that it holds":
    "diese Einschränkung ist «{0}»; ein Brief würde sagen, dass sie gilt",
  "this restriction is «{}»; only one in force can be lifted":
    "diese Einschränkung ist «{0}»; nur eine geltende lässt sich aufheben",
  "«consulted» is empty; the policy wants somebody to be consulted first: name them":
    "es fehlt, wen Sie gefragt haben; das Regelwerk verlangt, dass erst jemand gefragt wird: Nennen Sie, wen",
  "«consulted» names whoever decides; name somebody else":
    "wer entscheidet, kann nicht selbst gefragt worden sein; nennen Sie jemand anderen",
  "«days» is {}; a restriction has an end: expected 1 to {} days":
    "{0} Tage gehen nicht; eine Einschränkung hat ein Ende: möglich sind 1 bis {1} Tage",
  "an incident that was named is not one of this caller's; name theirs, or none":
    "ein genannter Vorfall gehört nicht zu dieser Person; nennen Sie deren Vorfälle oder keinen",
  "these incidents are about care, not conduct: somebody who may hurt themselves is never sanctioned":
    "bei diesen Vorfällen geht es um Fürsorge, nicht um Benehmen: Wer sich etwas antun könnte, wird nie belangt",
  "there is no such caller among those that you may see": "diese Person gibt es nicht unter denen, die Sie sehen dürfen",
  "a restriction is decided by a person who is logged in, never by a program with a token":
    "über eine Einschränkung entscheidet ein angemeldeter Mensch, nie ein Programm mit Schlüssel",
  "this record has {} versions; ask for one of them": "dieser Bericht hat {0} Fassungen; wählen Sie eine davon",
  "«{}» is no kind of support here; expected one of: {}": "«{0}» ist hier keine Art der Unterstützung; möglich sind: {1}",
  "this call has no agent; say first whose call it was": "diesen Anruf hat niemand; sagen Sie erst, wessen er war",
  "somebody else has changed this record meanwhile; read it again, then repeat what you did":
    "jemand anderes hat diesen Bericht inzwischen geändert; lesen Sie ihn neu, dann wiederholen Sie, was Sie taten",
  "there is no such offer to you": "dieses Angebot an Sie gibt es nicht",
  "«{}» is no form of a record; expected pdf, json or vcon":
    "«{0}» ist keine Form eines Berichts; möglich sind pdf, json und vcon",
  "there is no such restriction": "diese Einschränkung gibt es nicht",
  "there is no such note, or it was ended already": "diese Notiz gibt es nicht, oder sie ist schon beendet",
  "somebody else has decided this meanwhile; read it again": "jemand anderes hat das inzwischen entschieden; lesen Sie es neu",
  "there is no such follow-up": "diesen Rückruf gibt es nicht",
  "{} has taken this follow-up already; read the list again": "{0} hat diesen Rückruf schon übernommen; lesen Sie die Liste neu",
  "this follow-up is not there or done already; read the list again":
    "diesen Rückruf gibt es nicht, oder er ist schon erledigt; lesen Sie die Liste neu",
  "there is no such sending; it may have been delivered and deleted meanwhile: read the list again":
    "diese Sendung gibt es nicht; vielleicht ist sie inzwischen zugestellt und gelöscht: Lesen Sie die Liste neu",
  "{} calls and {} callers were deleted": "{0} Anrufe und {1} Einträge zu Anrufenden wurden gelöscht",

  // Nachhören und Prüfen
  "there is no such call; it may have been let go": "diesen Anruf gibt es nicht; vielleicht ist er schon gelöscht",
  "there is no such call among those that you may replay: it is another team's, or was let go":
    "diesen Anruf können Sie nicht nachhören: Er gehört einem anderen Team oder ist gelöscht",
  "this call is still being recorded; it can be heard when it is over":
    "dieser Anruf wird noch aufgezeichnet; er ist zu hören, wenn er vorbei ist",
  "this call is still going on; review it when it is over": "dieser Anruf läuft noch; prüfen Sie ihn, wenn er vorbei ist",
  "this call has no recording: audio is not being kept, or retention has removed it":
    "von diesem Anruf gibt es keine Aufnahme: Ton wird nicht behalten oder ist gelöscht",
  "this call has no recording: audio was not being kept, or it has been removed since":
    "von diesem Anruf gibt es keine Aufnahme: Ton wurde nicht behalten oder ist inzwischen gelöscht",
  "the recording does not reach so far yet; ask again in a second":
    "die Aufnahme reicht noch nicht so weit; gleich noch einmal versuchen",
  "the recording cannot be read ({}); look at the audio folder":
    "die Aufnahme ist nicht zu lesen ({0}); sehen Sie in den Ordner der Aufnahmen",
  "the text is as it was; change it, or leave it": "der Text ist wie vorher; ändern Sie ihn, oder lassen Sie es",
  "the call has no such utterance; send the channel and segment of a line of its story": "diese Zeile gibt es in dem Anruf nicht",
  "{} calls fit, and a {} file holds {} at most; take a shorter time or narrow the search":
    "{0} Anrufe passen, eine {1}-Datei fasst höchstens {2}; wählen Sie einen kürzeren Zeitraum oder grenzen Sie die Suche ein",
  "more than {} utterances were said in these calls, too many for a report; take fewer calls, or export them as json":
    "in diesen Anrufen fielen mehr als {0} Sätze, zu viele für einen Bericht; nehmen Sie weniger Anrufe oder JSON",
  "two others are reviewing this call; write a comment, or settle what they differ on when they are done":
    "zwei andere prüfen diesen Anruf; schreiben Sie eine Bemerkung, oder schlichten Sie, wenn beide fertig sind",
  "the time to draw from ends before it begins; send `until` after `since`":
    "der Zeitraum endet, bevor er beginnt; wählen Sie ein späteres Ende",
  "you have given no verdict on this; load the call again": "dazu haben Sie kein Urteil gegeben; laden Sie den Anruf neu",
  "{} alerts of this call have no verdict yet; judge them, then finish":
    "zu {0} Alarmen dieses Anrufs fehlt ein Urteil; geben Sie es, dann schließen Sie ab",
  "both reviewers must be done before anything is settled; finish the second review first":
    "erst müssen beide fertig sein, dann wird geschlichtet; schließen Sie erst die zweite Prüfung ab",
  "there is no such review; load the queue again": "diese Prüfung gibt es nicht; laden Sie die Liste neu",
  "this review is somebody else's, or you have reviewed this call already; take another one":
    "diese Prüfung hat jemand anderes, oder Sie haben den Anruf schon geprüft; nehmen Sie eine andere",
  "«{}» cannot be said of {}; expected one of {}": "«{0}» passt nicht zu {1}; möglich ist {2}",
  "a miss needs what was missed; send at least one category":
    "zu «übersehen» gehört, was übersehen wurde; wählen Sie mindestens eine Art",
  "«wrong» says the same as callguard did; send what it should have been, or «right»":
    "«falsch» sagt dasselbe wie callguard; wählen Sie, was es hätte sein sollen, oder «richtig»",
  "the call has no such alert; send the decision id of one of its story": "diesen Alarm gibt es in dem Anruf nicht",
  "the caller said no such utterance; send the segment of one of their lines": "diese Zeile hat das Gegenüber nicht gesagt",
  "«words» has {} words to look for; expected 1 to {}": "gesucht wird nach {0} Wörtern; möglich sind 1 bis {1}",
  "A colleague has just had a difficult call. Please give each other a little room; senior staff are looking after it.":
    "Jemand aus dem Team hatte gerade ein schweres Gespräch. Bitte nehmen Sie aufeinander Rücksicht; die Leitung kümmert sich darum.",
};
