"""The error catalogue: everything that can go wrong at the counter, as a tree.

::

    GuitaiError
    ├── ServiceError            PC/SC itself
    │   ├── ServiceMissing      no daemon answers
    │   ├── ServiceLost         the daemon went while it was needed
    │   ├── ServiceRefused      the daemon does not let this user in
    │   └── ServiceFailed       a result code that nothing above explains
    ├── ReaderError             the reader
    │   ├── NoReader            none is connected
    │   ├── ReaderNotFound      none fits what was asked for
    │   ├── ReaderAmbiguous     several do
    │   ├── ReaderBusy          another program holds it
    │   └── ReaderGone          it was unplugged
    ├── CardError               the card as a thing
    │   ├── NoCard              none in the reader
    │   ├── CardMute            it does not answer to reset
    │   ├── CardTorn            it was pulled in the middle
    │   ├── CardReset           another program reset it
    │   ├── CardHung            it did not answer in time
    │   ├── CardSlow            it answered, and came to no end in time
    │   └── CardBabbles         its answers do not end or are no answers
    ├── ContentError            what is on it
    │   ├── NotSocialSecurity   no social security environment
    │   ├── CardBlocked         card or application blocked
    │   ├── CardRefused         a command was refused
    │   ├── DataDamaged         data that cannot be read as what it should be
    │   ├── FileUnknown         no such file
    │   ├── ItemUnknown         no such item in a file
    │   ├── ValueWrong          a value that does not fit its item
    │   ├── AccessDenied        a file that nothing here opens
    │   ├── ReadbackDiffers     written, and read back otherwise
    │   ├── ItemAbsent          an item that the card lacks
    │   ├── WriteUnfinished     the card left while a file was written
    │   └── NoBankApplication   no bank application that can be read
    ├── ProofError              keys
    │   ├── KeysDoNotFit        the card could not prove itself
    │   ├── ProofRejected       the card did not accept our proof
    │   ├── ProofLocked         the card's key is locked
    │   ├── KeyFileWrong        the key file is none
    │   ├── KeyMissing          the key service lacks a key
    │   ├── TestKeysRefused     test keys in production mode
    │   ├── MacRejected         the card did not accept our MAC
    │   ├── ChallengeStale      the random number is used up
    │   ├── KeyVersionUnknown   the card has no key of this version
    │   ├── KeyFileLocked       the passphrase does not open it
    │   ├── KeyFileExists       it would be overwritten
    │   ├── PassphraseMissing   nobody to ask for it
    │   ├── PassphraseUnfit     none fit to protect a file was entered
    │   ├── KeyPresent          the file holds the key already
    │   ├── KeyFileChanged      somebody else changed it meanwhile
    │   ├── CeremonyStopped     its people did not agree on the key
    │   ├── ComponentWrong      a key component mistyped
    │   ├── SamMissing          no SAM card
    │   ├── SamReplaced         another SAM card
    │   ├── SamRefused          the SAM refused a command
    │   ├── TokenMissing        no token
    │   ├── TokenLoggedOut      the token does not know us
    │   ├── TokenRefused        the token refused an operation
    │   ├── KeyServiceHung      the place the keys live in does not answer
    │   ├── HostUnreachable     the key host gave no answer
    │   ├── HostAnswerWrong     its answer does not fit
    │   └── StepOver            the first of two steps is over
    ├── PinError                the service PIN
    │   ├── PinWrong            it was wrong
    │   ├── PinLastTry          one try left, not spent
    │   ├── PinTriesUnknown     the card does not tell
    │   ├── PinBlocked          no try left
    │   ├── PinNotSet           the card has none
    │   ├── PinAlreadySet       the card has one
    │   ├── PinWeak             too easy to guess
    │   ├── PinLength           too short, too long, no number
    │   ├── PinsDiffer          two entries, two PINs
    │   ├── PinCancelled        the cancel key
    │   ├── PinTimedOut         nobody entered one
    │   ├── PinSourceMissing    nothing to enter it at
    │   └── PinUnsettled        the card left while it was written
    ├── PurseError              the transit purse
    │   ├── NoPurse             the card has no transit application
    │   ├── PurseBlocked        the transit application is blocked
    │   ├── PurseNotStarted     the transit function was not started, or not yet
    │   ├── PurseExpired        the transit function has expired
    │   ├── PurseBlacklisted    the card is on the blacklist
    │   ├── PurseElsewhere      the card belongs to another city
    │   ├── PurseReadOnly       the card is of an older kind that is only read here
    │   ├── BalanceUnclear      the card's answers about its balance do not agree
    │   ├── AmountWrong         an amount is none
    │   ├── BalanceCeiling      the card would hold more than it may
    │   ├── NotEnough           there is not enough money on the card
    │   ├── NothingToRefund     there is no money on the card
    │   ├── TripUnfinished      a trip has no end yet
    │   ├── OverdraftOwed       an overdraft is owed
    │   ├── CardMacWrong        the card's MAC is not that of its key
    │   ├── PurseRefused        the card refused a purse command, and nothing was changed
    │   ├── LoadNotAccepted     the card does not take the load host's MAC2
    │   ├── PursePinWanted      the card wants a PIN of its own for its purse
    │   ├── PurseChanged        the balance changed while it was looked at
    │   ├── PurseUnsettled      it is not known whether the card was changed
    │   ├── DidNotHappen        what was interrupted did not happen
    │   ├── SettledFirst        an unfinished operation was settled, and nothing new was begun
    │   ├── CannotTell          the evidence does not decide
    │   ├── OtherCard           another card lies there than the one that is awaited
    │   ├── IntentionOver       this intention was carried out before, or is over
    │   ├── EntryRunning        this intention is being carried out at this moment
    │   ├── SecondPersonNeeded  a second person has to agree
    │   ├── CorrectionWrong     an entry cannot be corrected so
    │   └── NotEmpty            a purse with money or debts is not closed
    ├── DeviceError             a device on the desk
    │   ├── PinPadMissing       it cannot be opened
    │   ├── PinPadGone          it was unplugged
    │   ├── PinPadSilent        it does not answer
    │   ├── PinPadGarbled       its answers are none
    │   ├── PinPadRefused       it refused a command
    │   ├── PinPadTampered      it was opened
    │   ├── ClearEntryForbidden no PIN in clear at this outlet
    │   ├── IdReaderNotConfigured no ID document reader at this desk
    │   ├── IdReaderMissing     it cannot be opened
    │   ├── IdReaderGone        it was unplugged
    │   ├── IdReaderSilent      it does not answer
    │   ├── IdReaderGarbled     its answers are none
    │   ├── IdReaderRefused     it refused a command
    │   ├── IdReaderUnauthorised its module may not read
    │   ├── IdDocumentAbsent    no document was laid in time
    │   ├── IdDocumentWrong     no document that is read here
    │   ├── IdDocumentUnreadable the document could not be read
    │   ├── IdReadCancelled     the reading was called off
    │   ├── ReceiptPrinterNotConfigured no receipt printer at this desk
    │   ├── ReceiptPrinterMissing it cannot be opened
    │   ├── ReceiptPrinterGone  it was unplugged
    │   ├── ReceiptPrinterSilent it does not answer
    │   ├── ReceiptPrinterGarbled its answers are none
    │   ├── ReceiptPrinterPaperOut no paper
    │   ├── ReceiptPrinterCoverOpen its cover is open
    │   ├── ReceiptPrinterFaulty it reports an error
    │   ├── ReceiptPrinterOffline offline, and it does not say why
    │   ├── ReceiptPrinterSlow  it takes no more
    │   └── KeypadFailed        the reader's own keypad
    ├── SettingError            what was set or asked
    │   ├── ConfigWrong         the configuration file
    │   ├── FileTrouble         a file that cannot be read or written
    │   ├── FontMissing         no font to draw a document with
    │   ├── InputWrong          input that is not what is read
    │   ├── OutputTrouble       the result could not be printed
    │   ├── NotHex              hex that is none
    │   └── PinInArguments      a PIN command where others can read it
    ├── JournalError            the journal
    │   ├── JournalUnwritable   it takes no more entries
    │   ├── PersonWrong         who or why cannot be put on record
    │   ├── JournalUnsettled    the card was changed, and that was not noted
    │   ├── JournalDamaged      the file is none, or broken
    │   ├── JournalTooNew       a newer program wrote it
    │   ├── JournalMissing      it is not there any more
    │   ├── JournalExists       it is there, and was to be made
    │   ├── IntentionDiffers    one key for two intentions
    │   ├── EntryMoved          somebody else went on with it
    │   ├── EntryUnknown        no such entry
    │   ├── DecisionRefused     people cannot decide it so
    │   └── CardNotAsked        its card is asked before people decide
    ├── ParkError               the park pass
    │   ├── ParkSystemMissing   none is configured
    │   ├── ParkSystemUnreachable it gave no answer
    │   ├── ParkAnswerWrong     its answer does not fit
    │   ├── ParkContradicts     its record contradicts ours
    │   ├── PassNotOnSale       not this year's, not this type, not now
    │   ├── PassNotEligible     not for this person
    │   ├── PassExists          one a person a year
    │   ├── PassPending         something else about it is open
    │   ├── PassElsewhere       it is another card's
    │   ├── PassNoRoom          no free record on the card
    │   ├── PassNoIdentity      the card does not say whose it is
    │   ├── PassNoApplication   the card carries no passes
    │   ├── PassCardExpired     the card's validity is over
    │   ├── PassUnfinished      what was begun comes first
    │   ├── PassUnsettled       the card left while it was written
    │   ├── PassUnconfirmed     the park system does not know yet
    │   ├── PassCannotTell      the card's record fits neither outcome
    │   ├── PassNotFound        no such pass to activate
    │   ├── PassKeyUsed         this key was given up
    │   ├── PassCardRevoked     the card was reported dead or lost
    │   ├── PassOtherPerson     two numbers, not one person's
    │   ├── PassNotThisCard     another card than the move needs
    │   └── PassNothingToMove   no pass on another card
    ├── PartyError              the other parties
    │   ├── PartyMissing        none is configured
    │   ├── PartyUnreachable    it gave no answer
    │   ├── PartyAnswerWrong    its answer is none
    │   ├── PartyRefused        it refused, and says why
    │   └── PartyContradicts    its answer contradicts what was asked
    ├── RegistryError           the registry
    │   ├── RegistryKeyWrong    missing, none, or another one
    │   ├── RegistryKeyExists   it would be overwritten
    │   ├── PersonalDataDamaged a column altered or moved
    │   ├── PersonalDataWrong   a name or number that is none
    │   ├── RegistryMissing     it is not there
    │   ├── RegistryExists      it is there, and was to be made
    │   ├── RegistryBusy        another program keeps it locked
    │   ├── RegistryUnwritable  it takes no more records
    │   ├── RegistryDamaged     the file is none, or broken
    │   ├── RegistryTooNew      a newer program wrote it
    │   └── MovedMeanwhile      somebody else was first
    ├── RuleError               the regulation
    │   ├── RuleRefused         the rules do not allow it
    │   ├── SecondWanted        a second person has to agree
    │   ├── SeatTaken           one person, one card
    │   ├── PersonUnknown       nobody by this document
    │   ├── PersonDiffers       document and card name two people
    │   ├── CardUnknown         no such card
    │   ├── ApplicationUnknown  no such application
    │   ├── RequestDiffers      one key for two requests
    │   ├── RunOpen             something else with this card is open
    │   ├── RunIsLeft           it was given up
    │   ├── RequestWrong        something it needs is none
    │   ├── PartySaysNo         another party does not agree
    │   ├── DutyUnknown         no such duty
    │   ├── DutySettled         it is settled already
    │   ├── CardWanted          the card it is about is not on the desk
    │   ├── CustodyRefused      a card in custody is not in that state
    │   ├── DeathStands         a death on record is not taken back
    │   ├── PendingFirst        a change of the PIN waits for this chip and comes first
    │   ├── PaymentOpen         whether a payment was made is not known yet
    │   └── RunNotLeft          what was begun has done something that stands
    ├── OperatorError           who works here
    │   ├── SignInRefused       wrong operator or password
    │   ├── OperatorLocked      too many wrong passwords
    │   ├── NotSignedIn         nobody, or no more
    │   ├── PasswordMustChange  a one-time password
    │   ├── PasswordUnfit       none to be trusted
    │   ├── OperatorUnknown     no such operator
    │   ├── OperatorExists      the id is taken
    │   ├── OperatorWrong       no id, no name
    │   ├── FirstOperatorExists there are operators
    │   ├── RolesClash          not one person's
    │   ├── RoleMissing         not this person's to do
    │   ├── LastSupervisor      one has to stay
    │   ├── NotForOneself       another supervisor's to do
    │   └── PasswordMissing     nobody entered one
    ├── AuditError              who did what, and when
    │   ├── AuditBroken         tampered with
    │   ├── LookUnexplained     a look at a holder without a reason
    │   ├── NoteUnfit           it cannot be written there
    │   ├── AnchorsMissing      no anchors to compare with
    │   └── ClockJumped         the clock cannot be believed
    ├── BackupError             backup and restore
    │   ├── BackupExists        something stands in its place
    │   ├── BackupUnwritable    a file of it cannot be written
    │   ├── BackupBusy          another one is running
    │   ├── BackupNotHere       a server's own tools do it
    │   ├── BackupWrong         no backup
    │   ├── BackupLocked        the passphrase does not open it
    │   ├── BackupDamaged       cut or altered
    │   ├── BackupContentWrong  what it holds is not whole
    │   ├── RestoreWouldReplace something is there
    │   ├── RestoreInUse        a program has it open
    │   └── BackupPassphraseWeak too weak for a key
    ├── ConsoleError            the clerk's console
    │   ├── ConsolePortTaken    its address cannot be had
    │   ├── WorkerGone          what worked on the card ended in the middle
    │   ├── WorkerSlow          a page got no answer in time
    │   ├── DeskBusy            something else is being done
    │   ├── DraftGone           what was filled in is gone
    │   ├── PageStale           a form that is not of this sign-in
    │   ├── TooManySignIns      wait before the next
    │   └── PageUnknown         there is none
    ├── UsageError              the command line
    │   └── WrongUsage          an option or argument that is none
    ├── Stopped                 it was not let finish
    │   ├── Interrupted         Ctrl-C, no more input, or a signal
    │   ├── InterruptedBefore   the same, before anything was begun
    │   ├── InterruptedAmid     the same, amid an operation that the journal knows
    │   └── ServiceInterrupted  a service that was begun
    └── ProgramError            ourselves
        └── InternalFault       a mistake in this program

Each leaf has a stable code, a cause and a remedy in both languages, and a retry class;
``docs/errors.md`` is written from here (tools/docs) and a test keeps them in step.
"""
