using Nico.SharedKernel;

namespace Nico.Host.Database;

/// <summary>
/// How long a session of the database may hold up others, and how the database is watched: the configuration section <c>Database</c>.
/// </summary>
public sealed class DatabaseOptions : ICheckedOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Database";

    /// <summary>
    /// How long a transaction may stand still before PostgreSQL ends its session: what a replica held whose machine is paused is free after
    /// that. Default 5 s; 0 for ever.
    /// </summary>
    public TimeSpan IdleInTransaction { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a statement may wait for a lock. Default 12 s; 0 for ever.</summary>
    public TimeSpan LockTimeout { get; set; } = TimeSpan.FromSeconds(12);

    /// <summary>How long a statement may run, should this process no longer be there to cancel it. Default 40 s; 0 for ever.</summary>
    public TimeSpan StatementTimeout { get; set; } = TimeSpan.FromSeconds(40);

    /// <summary>
    /// How long the network may take nothing before either side gives a TCP connection up. Default 10 s; 0 leaves that to the system.
    /// </summary>
    public TimeSpan TcpTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>From one look at the database's clock and timeline to the next. Default 5 s.</summary>
    public TimeSpan Look { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How far this process's clock may be from the database's before that is said. Default 2 s.</summary>
    public TimeSpan ClockTolerance { get; set; } = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public IEnumerable<string> Wrong() =>
    [
        .. CheckedOptions.Outside(
            Section,
            TimeSpan.Zero,
            TimeSpan.FromHours(1),
            (nameof(IdleInTransaction), IdleInTransaction),
            (nameof(LockTimeout), LockTimeout),
            (nameof(StatementTimeout), StatementTimeout),
            (nameof(TcpTimeout), TcpTimeout)),
        .. CheckedOptions.Outside(Section, CheckedOptions.Shortest, TimeSpan.FromHours(1), (nameof(Look), Look)),
        .. CheckedOptions.Outside(Section, CheckedOptions.Shortest, TimeSpan.MaxValue, (nameof(ClockTolerance), ClockTolerance)),
    ];
}
