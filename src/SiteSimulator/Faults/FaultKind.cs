namespace Nico.SiteSimulator;

/// <summary>What can go wrong at a site. On the control endpoint in lower case with dashes: <c>lost-answer</c>.</summary>
public enum FaultKind
{
    /// <summary>Calls end with <c>Unavailable</c> and change nothing.</summary>
    Down,

    /// <summary><see cref="Down"/> and up in turns of <see cref="Fault.Period"/>, beginning with down.</summary>
    Flapping,

    /// <summary>Calls are taken and never answered; they change nothing.</summary>
    BlackHole,

    /// <summary>Calls are carried out <see cref="Fault.Delay"/> later, and not at all when the caller has given up by then.</summary>
    Slow,

    /// <summary>Calls are carried out, but their answer is <see cref="Fault.Code"/> (<c>DeadlineExceeded</c> unless said otherwise),
    /// or with <see cref="Fault.Cut"/> a broken connection, after <see cref="Fault.Delay"/> if given.</summary>
    LostAnswer,

    /// <summary>Calls arrive twice: the second time at once, or <see cref="Fault.Delay"/> later. The caller gets the first answer.</summary>
    Duplicate,

    /// <summary>Calls end with <see cref="Fault.Code"/> (<c>Internal</c> unless said otherwise) and change nothing.</summary>
    Refuse,

    /// <summary>Calls end with <c>Unimplemented</c>, as at an older controller.</summary>
    Unsupported,

    /// <summary>Calls end with <see cref="Fault.Code"/> (<c>FailedPrecondition</c> unless said otherwise) and a text of 1 MB, and change nothing.</summary>
    LongStatus,

    /// <summary>Of each round of reading a kind, the <see cref="Fault.Chunk"/>th read by ids (from 1) fails with <see cref="Fault.Code"/>
    /// (<c>Unavailable</c> unless said otherwise).</summary>
    ChunkFails,

    /// <summary>Reads by ids leave out the object of <see cref="Fault.Target"/>, or <see cref="Fault.Percent"/> of all.</summary>
    ObjectsMissing,

    /// <summary>Lists of ids name every object twice.</summary>
    DuplicateIds,

    /// <summary>Lists of ids name an object that does not exist.</summary>
    UnknownIds,

    /// <summary>Lists of ids are empty, as at a controller restored from nothing.</summary>
    EmptyInventory,

    /// <summary>The object is gone from the site until the fault is removed.</summary>
    ObjectLost,

    /// <summary>An object that nobody ordered exists at the site; removing the fault removes it.</summary>
    ObjectAppears,

    /// <summary>Somebody at the site changes an object's name, description, labels or a machine's instance type. Done at once, once.</summary>
    Drift,

    /// <summary>An instance fails when it enters <see cref="Fault.Phase"/> (any, unless said).</summary>
    InstanceFails,

    /// <summary>An instance stays in <see cref="Fault.Phase"/> until the fault is removed.</summary>
    InstanceStuck,

    /// <summary>An instance's DPU never reports that it has taken a changed network configuration, until the fault is removed.</summary>
    NeverSynced,

    /// <summary>Instances are reported without the status of their interfaces and without sub-messages.</summary>
    ThinStatus,

    /// <summary>A machine has a health alert: <see cref="Fault.AlertId"/>, <see cref="Fault.AlertTarget"/>, <see cref="Fault.Classifications"/>.</summary>
    MachineAlert,

    /// <summary>A machine is reported with an empty state, unknown enum numbers, an instance type that is no UUID, an interface without id,
    /// labels without key or value, no sub-messages where others have some, and 200 kB of health.</summary>
    OddData,

    /// <summary>A machine's state is <c>Failed/...</c> with <see cref="Fault.Message"/> as the cause (<c>NVMECleanFailed</c> unless said).</summary>
    MachineFails,

    /// <summary>A machine's DPU is being updated: alert <c>HostUpdateInProgress</c> and state <c>Reprovisioning/...</c>.</summary>
    MachineUpdating,

    /// <summary>A machine without instance is ingested anew from the start. Done at once, once.</summary>
    MachineIngests,

    /// <summary>A machine that failed, waits or is being ingested becomes Ready. Done at once, once.</summary>
    MachineRepaired,

    /// <summary>An instance is offered a DPU update that waits for a reboot with updates. Done at once, once.</summary>
    UpdateOffered,

    /// <summary>The image of <see cref="Fault.Target"/>, or any, fails when it has been fetched, because of <see cref="Fault.Message"/>.</summary>
    ImageFails,

    /// <summary>Objects are reported with texts of 300 kB each.</summary>
    LongTexts,

    /// <summary>Texts are such that their 500th and 1,000th characters are halves of an emoji.</summary>
    SplitTexts,

    /// <summary>Texts hold U+0000 and markup, numbers are out of range, times are none, addresses are neither.</summary>
    OddValues,

    /// <summary>Enums have a value of a controller that is newer than anything.</summary>
    UnknownEnums,

    /// <summary>UUIDs are spelt in upper case.</summary>
    OtherSpelling,

    /// <summary>Objects hold bytes that are not UTF-8; lists of ids hold one that is none.</summary>
    BadBytes,

    /// <summary>An object has 20 MB, more than can be read.</summary>
    LargeObject,

    /// <summary>Lists of ids name the object <see cref="Fault.Name"/>, of another site.</summary>
    ForeignIds,

    /// <summary>Lists of ids name 300 new objects (<see cref="Fault.Chunk"/>) each time, of which nothing is told.</summary>
    ManyIds,

    /// <summary>The site calls itself <see cref="Fault.Name"/>, as another controller in its place would.</summary>
    OtherIdentity,
}
