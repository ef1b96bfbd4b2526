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
    │   └── KeypadFailed        the reader's own keypad
    ├── SettingError            what was set or asked
    │   ├── ConfigWrong         the configuration file
    │   ├── FileTrouble         a file that cannot be read or written
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
    ├── UsageError              the command line
    │   └── WrongUsage          an option or argument that is none
    ├── Stopped                 it was not let finish
    │   ├── Interrupted         Ctrl-C, no more input, or a signal
    │   ├── InterruptedBefore   the same, before anything was begun
    │   └── InterruptedAmid     the same, amid an operation that the journal knows
    └── ProgramError            ourselves
        └── InternalFault       a mistake in this program

Each leaf has a stable code, a cause and a remedy in both languages, and a retry class;
``docs/errors.md`` is written from here (tools/docs) and a test keeps them in step.
"""

from terminal.errors.base import (
    GuitaiError,
    Retry,
    catalogue,
)
from terminal.errors.card import (
    CardBabbles,
    CardError,
    CardHung,
    CardMute,
    CardReset,
    CardSlow,
    CardTorn,
    NoCard,
)
from terminal.errors.content import (
    AccessDenied,
    CardBlocked,
    CardRefused,
    ContentError,
    DataDamaged,
    FileUnknown,
    ItemAbsent,
    ItemUnknown,
    NoBankApplication,
    NotSocialSecurity,
    ReadbackDiffers,
    ValueWrong,
    WriteUnfinished,
)
from terminal.errors.device import (
    ClearEntryForbidden,
    DeviceError,
    KeypadFailed,
    PinPadGarbled,
    PinPadGone,
    PinPadMissing,
    PinPadRefused,
    PinPadSilent,
    PinPadTampered,
)
from terminal.errors.journal import (
    CardNotAsked,
    DecisionRefused,
    EntryMoved,
    EntryUnknown,
    IntentionDiffers,
    JournalDamaged,
    JournalError,
    JournalExists,
    JournalMissing,
    JournalTooNew,
    JournalUnsettled,
    JournalUnwritable,
    PersonWrong,
)
from terminal.errors.park import (
    ParkAnswerWrong,
    ParkContradicts,
    ParkError,
    ParkSystemMissing,
    ParkSystemUnreachable,
    PassCannotTell,
    PassCardExpired,
    PassCardRevoked,
    PassElsewhere,
    PassExists,
    PassKeyUsed,
    PassNoApplication,
    PassNoIdentity,
    PassNoRoom,
    PassNotEligible,
    PassNotFound,
    PassNothingToMove,
    PassNotOnSale,
    PassNotThisCard,
    PassOtherPerson,
    PassPending,
    PassUnconfirmed,
    PassUnfinished,
    PassUnsettled,
)
from terminal.errors.pcsc import (
    ServiceError,
    ServiceFailed,
    ServiceLost,
    ServiceMissing,
    ServiceRefused,
)
from terminal.errors.pin import (
    PinAlreadySet,
    PinBlocked,
    PinCancelled,
    PinError,
    PinLastTry,
    PinLength,
    PinNotSet,
    PinsDiffer,
    PinSourceMissing,
    PinTimedOut,
    PinTriesUnknown,
    PinUnsettled,
    PinWeak,
    PinWrong,
)
from terminal.errors.program import (
    InternalFault,
    Interrupted,
    InterruptedAmid,
    InterruptedBefore,
    ProgramError,
    Stopped,
    UsageError,
    WrongUsage,
)
from terminal.errors.proof import (
    CeremonyStopped,
    ChallengeStale,
    ComponentWrong,
    HostAnswerWrong,
    HostUnreachable,
    KeyFileChanged,
    KeyFileExists,
    KeyFileLocked,
    KeyFileWrong,
    KeyMissing,
    KeyPresent,
    KeysDoNotFit,
    KeyServiceHung,
    KeyVersionUnknown,
    MacRejected,
    PassphraseMissing,
    PassphraseUnfit,
    ProofError,
    ProofLocked,
    ProofRejected,
    SamMissing,
    SamRefused,
    SamReplaced,
    StepOver,
    TestKeysRefused,
    TokenLoggedOut,
    TokenMissing,
    TokenRefused,
)
from terminal.errors.purse import (
    AmountWrong,
    BalanceCeiling,
    BalanceUnclear,
    CannotTell,
    CardMacWrong,
    CorrectionWrong,
    DidNotHappen,
    EntryRunning,
    IntentionOver,
    LoadNotAccepted,
    NoPurse,
    NotEmpty,
    NotEnough,
    NothingToRefund,
    OtherCard,
    OverdraftOwed,
    PurseBlacklisted,
    PurseBlocked,
    PurseChanged,
    PurseElsewhere,
    PurseError,
    PurseExpired,
    PurseNotStarted,
    PursePinWanted,
    PurseReadOnly,
    PurseRefused,
    PurseUnsettled,
    SecondPersonNeeded,
    SettledFirst,
    TripUnfinished,
)
from terminal.errors.reader import (
    NoReader,
    ReaderAmbiguous,
    ReaderBusy,
    ReaderError,
    ReaderGone,
    ReaderNotFound,
)
from terminal.errors.setting import (
    ConfigWrong,
    FileTrouble,
    InputWrong,
    NotHex,
    OutputTrouble,
    PinInArguments,
    SettingError,
)

__all__ = [
    "AccessDenied",
    "AmountWrong",
    "BalanceCeiling",
    "BalanceUnclear",
    "CannotTell",
    "CardBabbles",
    "CardBlocked",
    "CardError",
    "CardHung",
    "CardMacWrong",
    "CardMute",
    "CardNotAsked",
    "CardRefused",
    "CardReset",
    "CardSlow",
    "CardTorn",
    "CeremonyStopped",
    "ChallengeStale",
    "ClearEntryForbidden",
    "ComponentWrong",
    "ConfigWrong",
    "ContentError",
    "CorrectionWrong",
    "DataDamaged",
    "DecisionRefused",
    "DeviceError",
    "DidNotHappen",
    "EntryMoved",
    "EntryRunning",
    "EntryUnknown",
    "FileTrouble",
    "FileUnknown",
    "GuitaiError",
    "HostAnswerWrong",
    "HostUnreachable",
    "InputWrong",
    "IntentionDiffers",
    "IntentionOver",
    "InternalFault",
    "Interrupted",
    "InterruptedAmid",
    "InterruptedBefore",
    "ItemAbsent",
    "ItemUnknown",
    "JournalDamaged",
    "JournalError",
    "JournalExists",
    "JournalMissing",
    "JournalTooNew",
    "JournalUnsettled",
    "JournalUnwritable",
    "KeyFileChanged",
    "KeyFileExists",
    "KeyFileLocked",
    "KeyFileWrong",
    "KeyMissing",
    "KeyPresent",
    "KeyServiceHung",
    "KeyVersionUnknown",
    "KeypadFailed",
    "KeysDoNotFit",
    "LoadNotAccepted",
    "MacRejected",
    "NoBankApplication",
    "NoCard",
    "NoPurse",
    "NoReader",
    "NotEmpty",
    "NotEnough",
    "NotHex",
    "NotSocialSecurity",
    "NothingToRefund",
    "OtherCard",
    "OutputTrouble",
    "OverdraftOwed",
    "ParkAnswerWrong",
    "ParkContradicts",
    "ParkError",
    "ParkSystemMissing",
    "ParkSystemUnreachable",
    "PassCannotTell",
    "PassCardExpired",
    "PassCardRevoked",
    "PassElsewhere",
    "PassExists",
    "PassKeyUsed",
    "PassNoApplication",
    "PassNoIdentity",
    "PassNoRoom",
    "PassNotEligible",
    "PassNotFound",
    "PassNotOnSale",
    "PassNotThisCard",
    "PassNothingToMove",
    "PassOtherPerson",
    "PassPending",
    "PassUnconfirmed",
    "PassUnfinished",
    "PassUnsettled",
    "PassphraseMissing",
    "PassphraseUnfit",
    "PersonWrong",
    "PinAlreadySet",
    "PinBlocked",
    "PinCancelled",
    "PinError",
    "PinInArguments",
    "PinLastTry",
    "PinLength",
    "PinNotSet",
    "PinPadGarbled",
    "PinPadGone",
    "PinPadMissing",
    "PinPadRefused",
    "PinPadSilent",
    "PinPadTampered",
    "PinSourceMissing",
    "PinTimedOut",
    "PinTriesUnknown",
    "PinUnsettled",
    "PinWeak",
    "PinWrong",
    "PinsDiffer",
    "ProgramError",
    "ProofError",
    "ProofLocked",
    "ProofRejected",
    "PurseBlacklisted",
    "PurseBlocked",
    "PurseChanged",
    "PurseElsewhere",
    "PurseError",
    "PurseExpired",
    "PurseNotStarted",
    "PursePinWanted",
    "PurseReadOnly",
    "PurseRefused",
    "PurseUnsettled",
    "ReadbackDiffers",
    "ReaderAmbiguous",
    "ReaderBusy",
    "ReaderError",
    "ReaderGone",
    "ReaderNotFound",
    "Retry",
    "SamMissing",
    "SamRefused",
    "SamReplaced",
    "SecondPersonNeeded",
    "ServiceError",
    "ServiceFailed",
    "ServiceLost",
    "ServiceMissing",
    "ServiceRefused",
    "SettingError",
    "SettledFirst",
    "StepOver",
    "Stopped",
    "TestKeysRefused",
    "TokenLoggedOut",
    "TokenMissing",
    "TokenRefused",
    "TripUnfinished",
    "UsageError",
    "ValueWrong",
    "WriteUnfinished",
    "WrongUsage",
    "catalogue",
]
