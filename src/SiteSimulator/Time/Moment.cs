using Google.Protobuf.WellKnownTypes;
using Nico.SiteSimulator.State;

namespace Nico.SiteSimulator.Time;

/// <summary>Moments as records keep them (ticks of UTC, 0 = never) and as the wire shows them.</summary>
internal static class Moment
{
    public static Timestamp? Wire(long ticks) => ticks == 0 ? null : Timestamp.FromDateTime(new DateTime(ticks, DateTimeKind.Utc));

    public static Revision First(long now) => new() { Number = 1, At = now };

    public static Revision After(Revision revision, long now) => new() { Number = revision.Number + 1, At = now };

    /// <summary><c>V3-T1746208812345678</c>: number of the version and microseconds since 1970.</summary>
    public static string Text(Revision revision) => $"V{revision.Number}-T{(revision.At - DateTime.UnixEpoch.Ticks) / 10}";
}
