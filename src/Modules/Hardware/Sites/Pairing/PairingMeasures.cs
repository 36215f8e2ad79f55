using System.Diagnostics.Metrics;

namespace Nico.Hardware.Sites.Pairing;

/// <summary>Counts pairings with a wrong token: somebody may be guessing.</summary>
internal sealed class PairingMeasures(IMeterFactory meters)
{
    private readonly Counter<long> _refused = meters.Create(HardwareModule.MeterName)
        .CreateCounter<long>("nico_pairings_refused", description: "Pairings whose registration token was wrong, used or expired.");

    public void Refused() => _refused.Add(1);
}
