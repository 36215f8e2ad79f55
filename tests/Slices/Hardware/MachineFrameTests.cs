using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Nico.SiteProtocol.Forge;
using Nico.SiteProtocol.Frames;
using Nico.SiteProtocol.Health;
using Xunit;

namespace Nico.Tests.Slices.Hardware;

/// <summary>What of a reported machine counts as news, read off its bytes. spec/60-site-link.md, section 11.</summary>
public sealed class MachineFrameTests
{
    private static readonly FrameShape _shape = FrameShape.Of(Machine.Descriptor).Without(
        (Machine.LastObservationTimeFieldNumber, 0), (Machine.HealthFieldNumber, HealthReport.ObservedAtFieldNumber));

    [Fact]
    public void A_look_that_finds_nothing_new_is_no_news()
    {
        var later = Make();
        later.LastObservationTime = At(2);
        later.Health.ObservedAt = At(2);
        Assert.Equal(Frame(Make().ToByteString()).Hash, Frame(later.ToByteString()).Hash);
    }

    [Fact]
    public void All_else_is()
    {
        Action<Machine>[] changes =
        [
            machine => machine.State = "Assigned/Ready",
            machine => machine.Health.Alerts.Add(new HealthProbeAlert { Id = "Fan" }),
            machine => machine.Health.Source = "other",
            machine => machine.StateSla = new StateSla { TimeInStateAboveSla = true },
            machine => machine.Metadata.Name = "b",
            machine => machine.Interfaces.Add(new MachineInterface()),
            machine => machine.Id.Id = "n",
            machine => machine.Health = null,
        ];
        Assert.Equal(changes.Length + 1, changes.Select(change =>
        {
            var machine = Make();
            change(machine);
            return Frame(machine.ToByteString()).Hash;
        }).Append(Frame(Make().ToByteString()).Hash).Distinct().Count());
    }

    [Fact]
    public void A_frame_has_its_machine_s_id_and_all_of_the_machine()
    {
        var frame = Frame(Make().ToByteString());
        Assert.Equal("m", frame.Id);
        Assert.Equal(Make(), Machine.Parser.ParseFrom(frame.Bytes));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0a00")]
    [InlineData("0aff")]
    [InlineData("da01ff")]
    [InlineData("ffffffffffffffffffffff")]
    public void What_is_no_machine_has_no_id(string hex) => Assert.Null(Frame(ByteString.CopyFrom(Convert.FromHexString(hex))).Id);

    private static ObjectFrame Frame(ByteString bytes) => new(bytes, _shape);

    private static Timestamp At(int second) => new() { Seconds = 1_700_000_000 + second };

    private static Machine Make() => new()
    {
        Id = new() { Id = "m" },
        State = "Ready",
        LastObservationTime = At(1),
        Health = new() { Source = "hardware", ObservedAt = At(1), Successes = { new HealthProbeSuccess { Id = "Heartbeat" } } },
        Metadata = new() { Name = "a" },
    };
}
