namespace Nico.SharedKernel.Retention;

/// <summary>How long what only grows is kept: the configuration section <c>Retention</c>.</summary>
public sealed class RetentionOptions : ICheckedOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Retention";

    /// <summary>Age at which an entry of a status history goes; the newest of each resource stays. Default 180 days, 0 keeps everything.</summary>
    public TimeSpan StatusHistory { get; set; } = TimeSpan.FromDays(180);

    /// <summary>Age at which an entry of the audit trail goes. Default 400 days, 0 keeps everything.</summary>
    public TimeSpan Audit { get; set; } = TimeSpan.FromDays(400);

    /// <summary>Time from one look for what is too old to the next. Default 1 h.</summary>
    public TimeSpan Period { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Entries that one transaction looks at. Default 1000.</summary>
    public int Batch { get; set; } = 1000;

    /// <inheritdoc/>
    public IEnumerable<string> Wrong() =>
    [
        .. CheckedOptions.Outside(Section, TimeSpan.Zero, TimeSpan.MaxValue, (nameof(StatusHistory), StatusHistory), (nameof(Audit), Audit)),
        .. CheckedOptions.Outside(Section, CheckedOptions.Shortest, TimeSpan.FromDays(7), (nameof(Period), Period)),
        .. CheckedOptions.Outside(Section, 1, 100_000, (nameof(Batch), Batch)),
    ];
}
