using MediatR;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Limits;

namespace Nico.SharedKernel;

/// <summary>
/// A request that changes something: its handler runs in one transaction and returns the id of what it changed, or nothing. What is
/// answered is read afterwards (<see cref="Http.CommandEndpoint{TRequest, TId, TResponse}"/>).
/// </summary>
public interface ICommand<out TId> : IRequest<TId>;

/// <summary>A request that only reads.</summary>
public interface IQuery<out TResponse> : IRequest<TResponse>;

/// <summary>
/// Raised by a command that needs something which takes its time and must not be done while a transaction is open: the transaction is
/// given up, the work done, and the command begun anew, which then finds it done.
/// </summary>
public sealed class NeedsWorkOutsideTransaction(Action work) : Exception("Work is needed that must not be done in a transaction")
{
    /// <summary>What is to be done.</summary>
    public Action Work { get; } = work;
}

/// <summary>Writes the audit entry of a change into the change's own transaction.</summary>
public interface IAuditTrail
{
    /// <summary>
    /// Names the org that the present request is about, where its path names none. Such a request has no entry before: it is nobody's.
    /// </summary>
    void About(string org);

    /// <summary>
    /// Writes the entry of the present request before anything is done for it, in a transaction of its own: it stays if the process ends in
    /// the middle of it. Nothing when the request is not audited.
    /// </summary>
    Task RecordAdmission(CancellationToken ct);

    /// <summary>Writes the entry of the present request as a success. Nothing when the request is not audited.</summary>
    Task RecordChange(CancellationToken ct);

    /// <summary>Writes an entry for a request that only reads, since its answer shows a secret. Fails rather than show one without an entry.</summary>
    Task RecordDisclosure(CancellationToken ct);
}

/// <summary>
/// The one transaction of a command, its audit entry in it, and after the commit whatever the handler left for then:
/// carrying the command to its site and waiting for the site's word.
/// </summary>
public sealed class TransactionBehavior<TRequest, TResponse>(Db db, IAuditTrail audit, AtWork work)
    : IPipelineBehavior<TRequest, TResponse>
    where TRequest : notnull
{
    public async Task<TResponse> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        if (request is not ICommand<TResponse> || db.InTransaction)
        {
            return await next();
        }

        TResponse response;
        try
        {
            response = await InTransaction(next, cancellationToken);
        }
        catch (NeedsWorkOutsideTransaction needed)
        {
            needed.Work();
            response = await InTransaction(next, cancellationToken);
        }

        work.Rest();
        await db.RunAfterCommit(cancellationToken);
        return response;
    }

    private async Task<TResponse> InTransaction(RequestHandlerDelegate<TResponse> next, CancellationToken ct)
    {
        await db.Begin(ct);
        try
        {
            var response = await next();
            await audit.RecordChange(ct);
            await db.Commit(ct);
            return response;
        }
        catch
        {
            await db.Rollback();
            throw;
        }
    }
}
