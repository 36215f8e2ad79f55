using System.Diagnostics.Metrics;

namespace Nico.Audit.Trail;

/// <summary>Counts what leaves no entry.</summary>
internal sealed class AuditMeasures(IMeterFactory meters)
{
    private readonly Counter<long> _unidentified = meters.Create(AuditModule.MeterName)
        .CreateCounter<long>("nico_audit_unidentified", description: "Mutating requests without a valid token for their org, which leave no audit entry.");

    public void Unidentified() => _unidentified.Add(1);
}
