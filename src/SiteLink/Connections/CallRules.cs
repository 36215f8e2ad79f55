using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Nico.SharedKernel.Data;
using Nico.SiteLink.Reports;
using Nico.SiteProtocol.Frames;

namespace Nico.SiteLink.Connections;

/// <summary>What holds for every call to a site: it has a deadline, it is measured, and its end is noted by the site's circuit while its channel is in use.</summary>
internal sealed class CallRules(SiteController site, TimeSpan deadline, Telemetry telemetry, Func<bool> isInUse) : Interceptor
{
    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        TRequest request,
        ClientInterceptorContext<TRequest, TResponse> context,
        AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
    {
        var options = context.Options.Deadline is null ? context.Options.WithDeadline(DateTime.UtcNow + deadline) : context.Options;
        var activity = telemetry.Activities.StartActivity("site " + context.Method.Name, ActivityKind.Client);
        activity?.SetTag("rpc.system", "grpc");
        activity?.SetTag("rpc.service", context.Method.ServiceName);
        activity?.SetTag("rpc.method", context.Method.Name);
        activity?.SetTag("nico.site_id", site.SiteId.ToString());
        var began = Stopwatch.GetTimestamp();
        var call = continuation(request, new ClientInterceptorContext<TRequest, TResponse>(context.Method, context.Host, options));
        return new AsyncUnaryCall<TResponse>(
            Watch(call.ResponseAsync, context.Method.Name, began, activity, options.CancellationToken), call.ResponseHeadersAsync, call.GetStatus, call.GetTrailers, call.Dispose);
    }

    private async Task<TResponse> Watch<TResponse>(Task<TResponse> response, string rpc, long began, Activity? activity, CancellationToken ct)
    {
        var code = StatusCode.OK;
        try
        {
            var answer = await response;
            if (answer is IMessage message and not ObjectFrames)
            {
                Reading.Of(message);
            }

            NoteAnswer();
            return answer;
        }
        catch (RpcException e) when (Channels.IsNoAnswer(e, ct.IsCancellationRequested))
        {
            // What is no answer has many codes here; to whoever judges them it is one.
            code = e.StatusCode is StatusCode.DeadlineExceeded or StatusCode.Unauthenticated ? e.StatusCode : StatusCode.Unavailable;
            var reason = SiteText.Of(Channels.Reason(e));
            activity?.SetStatus(ActivityStatusCode.Error, reason);
            if (isInUse())
            {
                site.NoteSilence(code, reason, Channels.Find<SiteUnreachableException>(e)?.IsCertain == true);
            }

            if (code == e.StatusCode && reason == e.Status.Detail)
            {
                throw;
            }

            throw new RpcException(new Status(code, reason, e.Status.DebugException));
        }
        catch (RpcException e)
        {
            code = e.StatusCode;
            activity?.SetStatus(ActivityStatusCode.Error, SiteText.Of(e.Status.Detail));
            if (code != StatusCode.Cancelled)
            {
                NoteAnswer();
            }

            throw;
        }
        catch (OperationCanceledException)
        {
            code = StatusCode.Cancelled;
            throw;
        }
        finally
        {
            telemetry.Call(rpc, code, Stopwatch.GetElapsedTime(began));
            activity?.SetTag("rpc.grpc.status_code", (int)code);
            activity?.Dispose();
        }
    }

    private void NoteAnswer()
    {
        if (isInUse())
        {
            site.NoteAnswer();
        }
    }
}

/// <summary>Sees to it that no connection to the database is held while a site is called, and that none is called in a transaction.</summary>
internal sealed class NoConnectionHeld(Db db) : Interceptor
{
    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        TRequest request,
        ClientInterceptorContext<TRequest, TResponse> context,
        AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
    {
        if (db.InTransaction)
        {
            throw new InvalidOperationException($"{context.Method.Name} is called inside a transaction");
        }

        AsyncUnaryCall<TResponse>? call = null;
        var response = Send();
        return new AsyncUnaryCall<TResponse>(
            response,
            response.ContinueWith(_ => call!.ResponseHeadersAsync, TaskScheduler.Default).Unwrap(),
            () => call!.GetStatus(),
            () => call!.GetTrailers(),
            () => call?.Dispose());

        async Task<TResponse> Send()
        {
            await db.Rollback();
            call = continuation(request, context);
            return await call.ResponseAsync;
        }
    }
}

/// <summary>Sees to it that a command whose lease has passed, and which others may have taken over, is not sent.</summary>
internal sealed class LeaseHeld(Func<bool> isHeld) : Interceptor
{
    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        TRequest request,
        ClientInterceptorContext<TRequest, TResponse> context,
        AsyncUnaryCallContinuation<TRequest, TResponse> continuation) =>
        isHeld() ? continuation(request, context) : throw Channels.Unreachable("This process was held up, and its lease has passed");
}

/// <summary>Stands in for the controller where it must not be called: every call fails.</summary>
internal sealed class NobodyThere(string why) : CallInvoker
{
    public override TResponse BlockingUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) => throw Channels.Unreachable(why);

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) => throw Channels.Unreachable(why);

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) => throw Channels.Unreachable(why);

    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options) => throw Channels.Unreachable(why);

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options) => throw Channels.Unreachable(why);
}
